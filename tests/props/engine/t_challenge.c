/* The public shrinking challenge's problems on structures: lists of lists, indices into a list, an
 * element beside its list, trees. The others are in t_shrink.c. */
#include "problem.h"

#include <stdlib.h>
#include <string.h>

static bool nested_lists(void *env, lp_choices *tc) {
    int64_t x[ROOM];
    int total = 0, lists = 0;
    *(char *)env = 0;
    for (; lists < 20; lists++) {
        lp_span_begin(tc, 3);
        bool another = lp_draw_bool(tc, 0.7);
        int n = another ? list_of_ints(x, tc, -100, 100, 0.7) : 0;
        lp_span_end(tc);
        if (!another) break;
        put_ints(env, x, n);
        total += n;
    }
    return total > 10;
}

/* Every entry is an index; two different ones point at each other. */
static bool coupling(void *env, lp_choices *tc) {
    int64_t x[ROOM];
    int n = list_of_ints(x, tc, 0, 10, 0.8);
    *(char *)env = 0;
    put_ints(env, x, n);
    for (int i = 0; i < n; i++)
        if (!lp_assume(tc, x[i] < n)) return false;
    for (int i = 0; i < n; i++)
        if (x[i] != i && x[x[i]] == i) return true;
    return false;
}

/* Removing an element's first occurrence is thought to remove it. */
static bool deletion(void *env, lp_choices *tc) {
    int64_t x[ROOM];
    int n = list_of_ints(x, tc, -20, 20, 0.85), times = 0;
    int64_t gone = lp_draw_int(tc, -20, 20, 0);
    *(char *)env = 0;
    put_ints(env, x, n);
    put(env, " %lld", (long long)gone);
    for (int i = 0; i < n; i++) times += x[i] == gone;
    return lp_assume(tc, times > 0) && times > 1;
}

/* ---- trees ---- */

#define NODES 256

typedef struct tree {
    int64_t value[NODES]; /* or operator */
    int left[NODES], right[NODES];
    int count;
} tree;

static int node(tree *t, int64_t value, int left, int right) {
    t->value[t->count] = value;
    t->left[t->count] = left;
    t->right[t->count] = right;
    return t->count++;
}

/* A heap whose values grow downwards, -1: empty. */
static int draw_heap(tree *t, lp_choices *tc, int64_t least, int depth) {
    lp_span_begin(tc, 1);
    int at = -1;
    if (lp_draw_bool(tc, depth < 2 ? 0.9 : depth < 6 ? 0.5 : 0) && t->count < NODES) {
        int64_t value = lp_draw_int(tc, least, least + 20, least);
        at = node(t, value, -1, -1);
        t->left[at] = draw_heap(t, tc, value, depth + 1);
        t->right[at] = draw_heap(t, tc, value, depth + 1);
    }
    lp_span_end(tc);
    return at;
}

static int merged(tree *t, int a, int b) {
    if (a < 0 || b < 0) return a < 0 ? b : a;
    int top = t->value[a] <= t->value[b] ? a : b, other = top == a ? b : a;
    int rest = t->left[top];
    t->left[top] = merged(t, t->right[top], other);
    t->right[top] = rest;
    return top;
}

static void flat(int64_t *x, int *n, const tree *t, int at) {
    if (at < 0) return;
    x[(*n)++] = t->value[at];
    flat(x, n, t, t->left[at]);
    flat(x, n, t, t->right[at]);
}

static void put_heap(char *out, const tree *t, int at) {
    if (at < 0) {
        put(out, ".");
        return;
    }
    put(out, "(%lld ", (long long)t->value[at]);
    put_heap(out, t, t->left[at]);
    put(out, " ");
    put_heap(out, t, t->right[at]);
    put(out, ")");
}

/* Only the root is taken off before the rest is read in its own order, which is thought sorted. */
static bool binheap(void *env, lp_choices *tc) {
    tree t = {.count = 0};
    int64_t x[NODES];
    int n = 0, root = draw_heap(&t, tc, 0, 0);
    *(char *)env = 0;
    put_heap(env, &t, root);
    if (root < 0) return false;
    flat(x, &n, &t, merged(&t, t.left[root], t.right[root]));
    for (int i = 1; i < n; i++)
        if (x[i - 1] > x[i]) return true;
    return false;
}

enum { PLUS = 1000, DIVIDE };

static int draw_term(tree *t, lp_choices *tc, int depth) {
    lp_span_begin(tc, 1);
    int kind = depth < 5 ? (int)lp_draw_int(tc, 0, 2, 0) : 0, at;
    if (kind == 0) {
        at = node(t, lp_draw_int(tc, -100, 100, 0), -1, -1);
    } else {
        at = node(t, kind == 1 ? PLUS : DIVIDE, -1, -1);
        t->left[at] = draw_term(t, tc, depth + 1);
        t->right[at] = draw_term(t, tc, depth + 1);
    }
    lp_span_end(tc);
    return at;
}

static void put_term(char *out, const tree *t, int at) {
    if (t->left[at] < 0) {
        put(out, "%lld", (long long)t->value[at]);
        return;
    }
    put(out, "(");
    put_term(out, t, t->left[at]);
    put(out, t->value[at] == PLUS ? " + " : " / ");
    put_term(out, t, t->right[at]);
    put(out, ")");
}

/* A divisor that is written 0. */
static bool plain_zero(const tree *t) {
    for (int i = 0; i < t->count; i++)
        if (t->value[i] == DIVIDE && t->left[i] >= 0 && t->left[t->right[i]] < 0 &&
            t->value[t->right[i]] == 0)
            return true;
    return false;
}

static int64_t value_of(const tree *t, int at, bool *divided) {
    if (t->left[at] < 0) return t->value[at];
    int64_t a = value_of(t, t->left[at], divided), b = value_of(t, t->right[at], divided);
    if (t->value[at] == PLUS) return a + b;
    *divided |= b == 0;
    return b ? a / b : 0;
}

/* No divisor is written 0, and yet one is. */
static bool calculator(void *env, lp_choices *tc) {
    tree t = {.count = 0};
    int root = draw_term(&t, tc, 0);
    bool divided = false;
    *(char *)env = 0;
    put_term(env, &t, root);
    if (!lp_assume(tc, !plain_zero(&t))) return false;
    value_of(&t, root, &divided);
    return divided;
}

PROBLEM(nested_lists, "[0 0 0 0 0 0 0 0 0 0 0]")
PROBLEM(coupling, "[1 0]")
PROBLEM(deletion, "[0 0] 0")
/* Four nodes are the fewest, in one of these shapes. */
PROBLEM(binheap, "(0 . (0 (1 . .) (0 . .)))", "(0 (0 (0 . .) .) (1 . .))",
        "(0 (0 . (0 . .)) (1 . .))")
PROBLEM(calculator, "(0 / (0 + 0))")

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested_lists), cmocka_unit_test(test_coupling),
        cmocka_unit_test(test_deletion), cmocka_unit_test(test_binheap),
        cmocka_unit_test(test_calculator)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
