/* A certificate's values as jansson's: text that is certainly UTF-8, and doubles that lose nothing
 * and are never JSON numbers. */
#ifndef LP_REPORTS_JSON_H
#define LP_REPORTS_JSON_H

#include <jansson.h>
#include <stdint.h>

/* null for NULL; bytes that are no UTF-8 become U+FFFD. */
json_t *lp_json_text(const char *text);
/* {"decimal":"0.1","hex":"0x1.999999999999ap-4"}: the first for people, the second for machines. */
json_t *lp_json_double(double x);
/* A case line as the object that it is; as text where it is none. */
json_t *lp_json_case(const char *line);

/* Sets a new reference in an object; a value that could not be made ends the process, since what is
 * left out silently would be a wrong report. */
void lp_json_put(json_t *object, const char *key, json_t *value);
void lp_json_put_text(json_t *object, const char *key, const char *text);
/* Text that comes back into a char[size]: cut where cleaning made it longer than that. */
void lp_json_put_chars(json_t *object, const char *key, const char *text, size_t size);
void lp_json_put_count(json_t *object, const char *key, int64_t n);
void lp_json_push(json_t *array, json_t *value);
/* Sorted keys; malloc'd. */
char *lp_json_dump(const json_t *root, size_t flags);

#endif
