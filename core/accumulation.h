/* What a subject says of the format that it computes in (section 4), among its `conventions`: words
 * such as "special=ieee accumulation=binary32", apart by blanks. */
#ifndef LP_CORE_ACCUMULATION_H
#define LP_CORE_ACCUMULATION_H

#include "core/format.h"

/* The format whose u and eta the a-priori bound of a case in `format` takes: the declared one where
 * it is wider, else `format` itself, since computing in less than one stores excuses nothing. False
 * where the word names no format; *within is then `format`. */
bool lp_accumulation_declared(lp_format_id *within, const char *conventions, lp_format_id format);
/* The same for those who have been told already. */
lp_format_id lp_accumulation(const char *conventions, lp_format_id format);

#endif
