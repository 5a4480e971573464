#include "core/accumulation.h"

#include <string.h>

bool lp_accumulation_declared(lp_format_id *within, const char *conventions, lp_format_id format) {
    static const char key[] = "accumulation=";
    *within = format;
    for (const char *word = conventions; *word; word += strcspn(word, " ")) {
        word += strspn(word, " ");
        if (strncmp(word, key, sizeof key - 1) != 0) continue;
        const char *value = word + sizeof key - 1;
        size_t length = strcspn(value, " ");
        char name[16] = "";
        if (length < sizeof name) memcpy(name, value, length);
        lp_format_id declared;
        if (!lp_format_by_name(&declared, name)) return false;
        if (lp_format_get(declared)->p > lp_format_get(format)->p) *within = declared;
        return true;
    }
    return true;
}

lp_format_id lp_accumulation(const char *conventions, lp_format_id format) {
    lp_format_id within;
    lp_accumulation_declared(&within, conventions, format);
    return within;
}
