#include "cli/asked.h"

bool lp_ops_taken(lp_asked *a, const lp_args *args) {
    const char *const *value;
    a->ops = lp_args_all(args, "op", &value);
    for (int i = 0; i < a->ops; i++) {
        bool known = lp_op_by_name(&a->op[i], value[i]);
        if (known && lp_op_get(a->op[i])->built) continue;
        lp_complain("--op %s: %s; 'lossproof list ops'", value[i],
                    known ? "not built yet" : "no such operation");
        return false;
    }
    a->formats = lp_args_all(args, "format", &value);
    for (int i = 0; i < a->formats; i++) {
        if (lp_format_by_name(&a->format[i], value[i])) continue;
        lp_complain("--format %s: no such format; 'lossproof list formats'", value[i]);
        return false;
    }
    return true;
}

bool lp_asked_op(const lp_asked *a, lp_op op) {
    for (int i = 0; i < a->ops; i++)
        if (a->op[i] == op) return true;
    return a->ops == 0;
}

bool lp_asked_format(const lp_asked *a, lp_format_id format) {
    for (int i = 0; i < a->formats; i++)
        if (a->format[i] == format) return true;
    return a->formats == 0;
}
