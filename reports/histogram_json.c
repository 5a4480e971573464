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

/* --- and back --------------------------------------------------------------------------------- */

static bool column_of(lp_reader *r, const json_t *o, const char *key, size_t n,
                      const json_t **array) {
    size_t mark = lp_read_enter(r, key);
    *array = json_object_get(o, key);
    if (!json_is_array(*array) || json_array_size(*array) != n)
        return lp_read_wrong(r, "is no array as long as bucket");
    lp_read_leave(r, mark);
    return true;
}

static bool read_bucket(lp_reader *r, lp_bucket *b, const json_t *o, size_t i, size_t n) {
    const json_t *array;
    for (int k = 0; k < LP_BUCKET_COUNTS; k++) {
        if (!column_of(r, o, lp_bucket_counts[k].key, n, &array)) return false;
        const json_t *value = json_array_get(array, i);
        int64_t count = json_integer_value(value);
        if (!json_is_integer(value) || count < 0) return lp_read_wrong(r, "holds no count");
        memcpy((char *)b + lp_bucket_counts[k].offset, &count, sizeof count);
    }
    for (int k = 0; k < LP_BUCKET_DOUBLES; k++) {
        double x;
        if (!column_of(r, o, lp_bucket_doubles[k].key, n, &array) ||
            !lp_read_double(r, &x, json_array_get(array, i)))
            return false;
        memcpy((char *)b + lp_bucket_doubles[k].offset, &x, sizeof x);
    }
    return b->components > 0 || lp_read_wrong(r, "holds an empty bucket");
}

static bool read_part(lp_reader *r, lp_bucket *bucket, const json_t *o) {
    const json_t *number = json_object_get(o, "bucket");
    if (!json_is_array(number)) return lp_read_wrong(r, "has no array bucket");
    for (size_t i = 0; i < json_array_size(number); i++) {
        int64_t at = json_integer_value(json_array_get(number, i));
        if (at < 0 || at >= LP_BUCKETS) return lp_read_wrong(r, "names a bucket that is not");
        if (!read_bucket(r, &bucket[at], o, i, json_array_size(number))) return false;
    }
    return true;
}

static int named(const char *name, const char *(*of)(int), int count) {
    for (int i = 0; i < count; i++)
        if (!strcmp(of(i), name)) return i;
    return -1;
}

static const char *axis_of(int i) {
    return lp_axis_name((lp_axis)i);
}

static const char *part_of(int i) {
    return lp_part_name((lp_part)i);
}

bool lp_read_histogram(lp_reader *r, lp_histogram *h, const json_t *value) {
    const char *axis_name, *part_name;
    json_t *parts, *one;
    if (!json_is_object(value)) return lp_read_wrong(r, "is no object");
    json_object_foreach((json_t *)(uintptr_t)value, axis_name, parts) {
        int axis = named(axis_name, axis_of, LP_AXIS_COUNT);
        size_t mark = lp_read_enter(r, axis_name);
        if (axis < 0 || !json_is_object(parts)) return lp_read_wrong(r, "is no axis");
        json_object_foreach(parts, part_name, one) {
            int part = named(part_name, part_of, LP_PART_COUNT);
            size_t inner = lp_read_enter(r, part_name);
            if (part < 0) return lp_read_wrong(r, "is no part");
            if (!read_part(r, h->bucket[axis][part], one)) return false;
            lp_read_leave(r, inner);
        }
        lp_read_leave(r, mark);
    }
    return true;
}
