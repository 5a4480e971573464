/* Text inside XML and HTML. */
#ifndef LP_REPORTS_MARKUP_H
#define LP_REPORTS_MARKUP_H

#include "core/text.h"

/* Escaped for element content and for attribute values in double quotes. Control characters, which
 * neither XML 1.0 nor a reader can take, and bytes that are no UTF-8 become U+FFFD. NULL: nothing.
 */
void lp_markup_text(lp_text *t, const char *text);
/* The same, cut after about `most` bytes, with an ellipsis and the true length. */
void lp_markup_cut(lp_text *t, const char *text, size_t most);
/* A line that a POSIX shell reads as one word, not escaped for markup. */
void lp_shell_word(lp_text *t, const char *word);

#endif
