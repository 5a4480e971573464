#include "check.h"
#include "random_case.h"

#include "core/case_text.h"

#include <math.h>

static lp_case some_case(const char *line) {
    lp_case c;
    lp_error err = {""};
    const char *status;
    char *copy = strdup(line);
    for (char *p = copy; *p; p++)
        if (*p == '\'') *p = '"';
    if (!lp_case_parse(&c, copy, strlen(copy), &status, &err)) fail_msg("%s", err.text);
    free(copy);
    return c;
}

static bool parse(lp_answer *a, const lp_case *c, const char *line, lp_error *err) {
    char *copy = strdup(line);
    for (char *p = copy; *p; p++)
        if (*p == '\'') *p = '"';
    bool good = lp_answer_parse(a, c, copy, strlen(copy), err);
    free(copy);
    return good;
}

#define CASE                                                                                       \
    "{'op':'softmax_xent','format':'binary32','n':1,'k':2,'logits':['0x1p+0','0x0p+0'],"           \
    "'label':[0],'id':'seven'}"

static void printed(void **state) {
    (void)state;
    lp_case c = some_case(CASE);
    lp_answer a;
    lp_answer_init(&a);
    lp_answer_alloc(&a, &c, LP_OUT_LOSS)[0] = 0.5;
    lp_answer_alloc(&a, &c, LP_OUT_GRAD)[1] = INFINITY;
    char *digits[] = {"0.5", "1e-3"};
    lp_answer_line whole = {.id = "seven",
                            .line = 12,
                            .answer = &a,
                            .status = "undecided",
                            .error = "because \"\x01\""};
    whole.exact[LP_OUT_GRAD] = digits;
    char *line = lp_answer_print(&whole);
    assert_string_equal(line, "{\"id\":\"seven\",\"line\":12,\"loss\":[\"0x1p-1\"],\"grad\":["
                              "\"0x0p+0\",\"inf\"],\"exact\":{\"grad\":[\"0.5\",\"1e-3\"]},"
                              "\"status\":\"undecided\",\"error\":\"because \\\"\\u0001\\\"\"}");
    free(line);
    lp_answer_clear(&a);
    lp_answer_line bare = {.line = 3, .status = "syntax", .error = "empty line"};
    line = lp_answer_print(&bare);
    assert_string_equal(line, "{\"line\":3,\"status\":\"syntax\",\"error\":\"empty line\"}");
    free(line);
    lp_case_clear(&c);
}

static void there_and_back(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 50, 0, 0);
    for (int i = 0; i < 5000; i++) {
        lp_case c;
        lp_answer a, b;
        lp_error err = {""};
        random_case(&c, &r, built_op(i));
        lp_answer_init(&a);
        for (int o = 0; o < LP_OUT_COUNT; o++) {
            if (!lp_op_output(lp_op_get(c.op), (lp_out)o)) continue;
            double *x = lp_answer_alloc(&a, &c, (lp_out)o);
            for (int64_t j = 0; j < a.len[o]; j++)
                x[j] = lp_format_round(lp_format_get(c.format), lp_rng_normal(&r));
        }
        lp_answer_line whole = {.id = c.id, .answer = &a, .status = "ok"};
        char *line = lp_answer_print(&whole);
        if (!lp_answer_parse(&b, &c, line, strlen(line), &err)) fail_msg("%s: %s", line, err.text);
        for (int o = 0; o < LP_OUT_COUNT; o++) {
            assert_true(!a.out[o] == !b.out[o] && a.len[o] == b.len[o]);
            if (a.out[o])
                assert_memory_equal(a.out[o], b.out[o], (size_t)a.len[o] * sizeof(double));
        }
        free(line);
        lp_answer_clear(&a);
        lp_answer_clear(&b);
        lp_case_clear(&c);
    }
}

static void accepted(void **state) {
    (void)state;
    lp_case c = some_case(CASE);
    lp_answer a;
    lp_error err = {""};
    assert_true(parse(&a, &c, "{'id':'seven','status':'label','error':'7 is no class'}", &err));
    assert_int_equal(a.status, LP_E_LABEL);
    assert_null(a.out[LP_OUT_LOSS]);
    lp_answer_clear(&a);
    assert_true(
        parse(&a, &c, "{'status':'ok','loss':['nan'],'id':'seven','exact':{},'line':3}", &err));
    assert_true(isnan(a.out[LP_OUT_LOSS][0]) && !a.out[LP_OUT_GRAD]);
    lp_answer_clear(&a);
    lp_case_clear(&c);
}

static void refused(void **state) {
    (void)state;
    static const struct {
        const char *line, *key;
    } bad[] = {
        {"", "empty"},
        {"warming up ...", "object"},
        {"{'id':'seven'}", "status"},
        {"{'status':'ok'}", "id"},
        {"{'id':'six','status':'ok'}", "id"},
        {"{'id':7,'status':'ok'}", "id"},
        {"{'id':'seven','status':'undecided'}", "status"},
        {"{'id':'seven','status':'fine'}", "status"},
        {"{'id':'seven','status':0}", "status"},
        {"{'id':'seven','status':'ok','loss':['0x1p+0','0x1p+0']}", "loss"},
        {"{'id':'seven','status':'ok','loss':[]}", "loss"},
        {"{'id':'seven','status':'ok','loss':'0x1p+0'}", "loss"},
        {"{'id':'seven','status':'ok','loss':[0.5]}", "loss"},
        {"{'id':'seven','status':'ok','loss':['0.5']}", "loss"},
        {"{'id':'seven','status':'ok','loss':['0x1.000001p+0']}", "loss"},
        {"{'id':'seven','status':'ok','grad':['0x1p+0']}", "grad"},
        {"{'id':'seven','status':'ok','value':['0x1p+0']}", "value"},
        {"{'id':'seven','status':'ok','lost':['0x1p+0']}", "lost"},
        {"{'id':'seven','status':'ok','status':'ok'}", "status"},
        {"{'id':'seven','status':'ok'} {}", "end of file"},
    };
    lp_case c = some_case(CASE);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lp_answer a;
        lp_error err = {""};
        if (parse(&a, &c, bad[i].line, &err)) fail_msg("accepted: %s", bad[i].line);
        if (!strstr(err.text, bad[i].key)) fail_msg("%s: %s", bad[i].line, err.text);
        for (int o = 0; o < LP_OUT_COUNT; o++) assert_null(a.out[o]);
    }
    lp_case_clear(&c);
    c = some_case("{'op':'softmax','format':'binary64','n':1,'k':1,'logits':['0x0p+0']}");
    lp_answer a;
    lp_error err = {""};
    assert_false(parse(&a, &c, "{'id':'x','status':'ok'}", &err)); /* the case has none */
    /* Without a cotangent there is no gradient to give. */
    assert_false(parse(&a, &c, "{'status':'ok','value':['0x1p+0'],'grad':['0x1p+0']}", &err));
    assert_true(parse(&a, &c, "{'status':'ok','value':['0x1p+0']}", &err));
    lp_answer_clear(&a);
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(accepted),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
