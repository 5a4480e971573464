#include "reports/histogram_json.h"

#include "core/hexfloat.h"
#include "reports/json.h"

#include <string.h>

const lp_bucket_column lp_bucket_counts[LP_BUCKET_COUNTS] = {
    {"components", offsetof(lp_bucket, components)},
    {"within_1_ulp", offsetof(lp_bucket, within1)},
    {"within_4_ulp", offsetof(lp_bucket, within4)},
    {"lost", offsetof(lp_bucket, lost)},
    {"wrong_special", offsetof(lp_bucket, special)}};
const lp_bucket_column lp_bucket_doubles[LP_BUCKET_DOUBLES] = {
    {"max_ulp", offsetof(lp_bucket, max_ulp)}, {"max_bound_ulp", offsetof(lp_bucket, max_bound)}};

static json_t *hex(double x) {
    char text[LP_HEXFLOAT_SIZE];
    return lp_json_text(lp_hexfloat_print(text, x));
}

/* One array a column: a histogram is some thirty buckets, and their keys would be most of it. */
static void put_column(json_t *o, const char *key, const lp_bucket *b,
                       json_t *(*value)(const lp_bucket *, size_t), size_t offset) {
    json_t *all = json_array();
    for (int i = 0; i < LP_BUCKETS; i++)
        if (b[i].components > 0) lp_json_push(all, value(&b[i], offset));
    lp_json_put(o, key, all);
}

static json_t *count_of(const lp_bucket *b, size_t offset) {
    int64_t n;
    memcpy(&n, (const char *)b + offset, sizeof n);
    return json_integer(n);
}

static json_t *double_of(const lp_bucket *b, size_t offset) {
    double x;
    memcpy(&x, (const char *)b + offset, sizeof x);
    return hex(x);
}

static json_t *columns(lp_axis axis, const lp_bucket *b) {
    json_t *o = json_object(), *number = json_array(), *from = json_array();
    for (int i = 0; i < LP_BUCKETS; i++)
        if (b[i].components > 0) {
            lp_json_push(number, json_integer(i));
            lp_json_push(from, hex(lp_axis_from(axis, i)));
        }
    lp_json_put(o, "bucket", number);
    lp_json_put(o, "from", from);
    for (int k = 0; k < LP_BUCKET_COUNTS; k++)
        put_column(o, lp_bucket_counts[k].key, b, count_of, lp_bucket_counts[k].offset);
    for (int k = 0; k < LP_BUCKET_DOUBLES; k++)
        put_column(o, lp_bucket_doubles[k].key, b, double_of, lp_bucket_doubles[k].offset);
    return o;
}

json_t *lp_json_histogram(const lp_histogram *h) {
    json_t *root = json_object();
    for (int axis = 0; h && axis < LP_AXIS_COUNT; axis++) {
        json_t *parts = json_object();
        for (int part = 0; part < LP_PART_COUNT; part++)
            if (lp_histogram_has(h, (lp_axis)axis, (lp_part)part))
                lp_json_put(parts, lp_part_name((lp_part)part),
                            columns((lp_axis)axis, h->bucket[axis][part]));
        if (json_object_size(parts) > 0)
            lp_json_put(root, lp_axis_name((lp_axis)axis), parts);
        else
            json_decref(parts);
    }
    return root;
}
