/* Findings and the one line about them. */
#ifndef LP_HOST_NOTE_H
#define LP_HOST_NOTE_H

#include "core/answer.h"

/* Sets the finding's bit; the text joins the note, separated by "; ", as far as there is room.
 * A finding that is there already keeps its first text. */
void lp_note(lp_answer *a, unsigned finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
