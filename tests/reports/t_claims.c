/* The table of claims: a row each, the wrong ones marked, nothing unescaped. */
#include "check.h"

#include "core/claims.h"
#include "reports/html.h"

static int times(const char *text, const char *part) {
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) n++;
    return n;
}

static void table(void **state) {
    (void)state;
    lp_text t = {0};
    int wrong = 0;
    char counted[64];
    for (int i = 0; i < lp_claim_count; i++) wrong += !lp_claims[i].right;
    lp_html_claims(&t);
    assert_int_equal(times(t.data, "<tr>"), lp_claim_count + 1); /* with the head */
    assert_int_equal(times(t.data, "<td>WRONG</td>"), wrong);
    assert_int_equal(times(t.data, "<td>right</td>"), lp_claim_count - wrong);
    assert_true(wrong > 0 && wrong < lp_claim_count);
    snprintf(counted, sizeof counted, "%d, of which %d are wrong", lp_claim_count, wrong);
    assert_non_null(strstr(t.data, counted));
    assert_non_null(strstr(t.data, "focal gradient over CE&#39;s"));
    assert_non_null(strstr(t.data, "<td>1870</td><td>1770.20</td><td>WRONG</td>"));
    lp_text_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
