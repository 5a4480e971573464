/* The files of a certificate full of hostile text: read back, well-formed, complete. */
#include "check.h"
#include "sample.h"

#include "core/case_text.h"
#include "core/memory.h"
#include "core/text.h"
#include "reports/reports.h"

#include <jansson.h>
#include <unistd.h>

static char folder[64];
static lp_certificate cert;

static const struct {
    const char *name;
    bool (*write)(const char *, const lp_certificate *, lp_error *);
} files[] = {{"certificate.json", lp_report_certificate},
             {"report.html", lp_report_html},
             {"junit.xml", lp_report_junit},
             {"counterexamples.jsonl", lp_report_counterexamples}};

static void write_all(const lp_certificate *c) {
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[160];
        lp_error err = {""};
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        if (!files[i].write(path, c, &err)) fail_msg("%s", err.text);
    }
}

static int setup(void **state) {
    (void)state;
    temporary_folder(folder);
    sample(&cert);
    write_all(&cert);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        unlink(path);
    }
    lp_certificate_clear(&cert);
    return rmdir(folder);
}

/* --- certificate.json ------------------------------------------------------------------------- */

static const char *text_at(const json_t *root, const char *a, const char *b) {
    return json_string_value(json_object_get(json_object_get(root, a), b));
}

/* No number in the file is anything but an integer, and keys are sorted. */
static void check_values(const json_t *value) {
    const char *key, *before = "";
    json_t *inner;
    assert_false(json_is_real(value));
    for (size_t i = 0; i < json_array_size(value); i++) check_values(json_array_get(value, i));
    if (!json_is_object(value)) return;
    json_object_foreach((json_t *)(uintptr_t)value, key, inner) {
        assert_true(strcmp(before, key) < 0);
        before = key;
        check_values(inner);
    }
}

static void certificate(void **state) {
    (void)state;
    size_t length;
    char *text = file_text(folder, "certificate.json", &length);
    json_error_t why;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
    if (!root) fail_msg("%s", why.text);
    assert_int_equal(text[length - 1], '\n');
    check_values(root);
    assert_string_equal(text_at(root, "verdict", "level"), "fail");
    assert_string_equal(text_at(root, "verdict", "asked"), "stable");
    assert_true(json_is_false(json_object_get(json_object_get(root, "verdict"), "conforms")));
    assert_string_equal(text_at(root, "run", "seed"), "18446744073709551615");
    assert_string_equal(text_at(root, "subject", "sha256"), cert.digest);
    assert_non_null(strstr(text_at(root, "subject", "given"), "<script>"));
    assert_non_null(strstr(text_at(root, "subject", "given"), "caf\xc3\xa9"));
    json_t *outputs = json_object_get(root, "outputs");
    assert_int_equal(json_array_size(outputs), 3);
    /* The rows are sorted by operation: log_softmax comes before softmax_xent. */
    json_t *value = json_array_get(outputs, 0), *loss = json_array_get(outputs, 1);
    assert_string_equal(json_string_value(json_object_get(value, "cause")), "wrong_special");
    assert_string_equal(text_at(json_object_get(value, "worst_special"), "got", "hex"), "nan");
    assert_true(json_is_null(json_object_get(value, "worst")));
    json_t *worst = json_object_get(loss, "worst");
    assert_string_equal(text_at(worst, "want", "hex"), "0x1.d23a1d8d5c7d4p-73");
    assert_string_equal(text_at(worst, "ulp", "decimal"), "9007199254740994");
    assert_string_equal(text_at(worst, "case", "op"), "softmax_xent");
    json_t *confident = json_object_get(json_object_get(loss, "regimes"), "confident");
    assert_int_equal(json_integer_value(json_object_get(confident, "lost")), 4);
    assert_string_equal(text_at(confident, "condition_at_max_ulp", "decimal"), "150");
    assert_string_equal(text_at(confident, "max_over_bound", "decimal"), "0.5");
    assert_int_equal(json_integer_value(json_object_get(confident, "conditions_sampled")), 1);
    assert_string_equal(text_at(worst, "condition", "hex"), "0x1.2cp+7");
    json_decref(root);
    free(text);
}

/* The same certificate gives the same bytes, except for its date. */
static void same_bytes(void **state) {
    (void)state;
    lp_certificate again;
    size_t length, second;
    char *text = file_text(folder, "certificate.json", &length);
    sample(&again);
    memcpy(again.created, "2031", 4);
    write_all(&again);
    char *other = file_text(folder, "certificate.json", &second);
    assert_int_equal(length, second);
    char *date = strstr(other, "\"created\": \"2031");
    assert_non_null(date);
    memcpy(date + strlen("\"created\": \""), "2026", 4);
    assert_memory_equal(text, other, length);
    free(text);
    free(other);
    lp_certificate_clear(&again);
}

/* --- counterexamples.jsonl -------------------------------------------------------------------- */

static void counterexamples(void **state) {
    (void)state;
    size_t length;
    char *text = file_text(folder, "counterexamples.jsonl", &length);
    int lines = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        json_t *o = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(o);
        check_values(o);
        assert_non_null(json_string_value(json_object_get(o, "subject")));
        /* Where the answer failed as a whole there is no component, hence no number to show. */
        bool number = json_object_get(o, "got") && json_object_get(o, "output");
        assert_true(number == (cert.counterexample[lines].at >= 0));
        char *inner = json_dumps(json_object_get(o, "case"), JSON_COMPACT);
        lp_case c;
        lp_error err = {""};
        const char *status;
        assert_true(lp_case_parse(&c, inner, strlen(inner), &status, &err));
        char *printed = lp_case_print(&c);
        assert_string_equal(printed, cert.counterexample[lines].case_line);
        free(printed);
        free(inner);
        lp_case_clear(&c);
        json_decref(o);
    }
    assert_int_equal(lines, 2);
    free(text);
}

/* --- markup ----------------------------------------------------------------------------------- */

/* Elements that HTML never closes. */
static bool is_void(const char *name) {
    return !strcmp(name, "meta") || !strcmp(name, "br") || !strcmp(name, "!DOCTYPE") ||
           !strcmp(name, "?xml");
}

/* Tags nest, attribute values are quoted, no stray < or & stands anywhere; returns the tags seen.
 */
static int check_nesting(const char *text) {
    char stack[32][32];
    int depth = 0, tags = 0;
    for (const char *p = text; (p = strchr(p, '<')); tags++) {
        char name[32] = "";
        bool closing = p[1] == '/';
        const char *start = p + 1 + closing;
        size_t length = strcspn(start, " >/\n\t");
        if (length == 0 || length >= sizeof name) fail_msg("odd tag: %.40s", p);
        memcpy(name, start, length);
        bool quoted = false;
        for (p = start + length; *p && (quoted || *p != '>'); p++) {
            if (*p == '"') quoted = !quoted;
            if (*p == '<') fail_msg("< within a tag: %.40s", p);
        }
        if (!*p) fail_msg("a tag does not end");
        if (closing) {
            if (depth == 0 || strcmp(stack[--depth], name)) fail_msg("</%s> closes nothing", name);
        } else if (!is_void(name) && p[-1] != '/') {
            assert_true(depth < 32);
            strcpy(stack[depth++], name);
        }
    }
    assert_int_equal(depth, 0);
    for (const char *p = text; (p = strchr(p, '&')); p++) {
        size_t length = strcspn(p, "; <\n");
        if (p[length] != ';' || length > 8) fail_msg("stray &: %.20s", p);
    }
    return tags;
}

static void check_clean(const char *text, size_t length) {
    assert_int_equal(strlen(text), length);
    for (const char *p = text; *p;) {
        int bytes = lp_text_utf8(p);
        bool control = (unsigned char)*p < 0x20 && *p != '\n' && *p != '\t';
        if (!bytes || control) fail_msg("byte %02x in the text", (unsigned char)*p);
        p += bytes;
    }
}

static void page(void **state) {
    (void)state;
    size_t length;
    char *text = file_text(folder, "report.html", &length);
    check_clean(text, length);
    assert_true(check_nesting(text) > 300);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "http:"));
    assert_null(strstr(text, "https:"));
    assert_null(strstr(text, "src="));
    static const char *const said[] = {
        "conforms to stable: no",
        "<strong>40.0 % of confident losses lost</strong> in <b>softmax_xent</b> binary64",
        "logits (100, 50, 0), label 0: returned <code>0</code>",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "&lt;script&gt;alert(1)",
        "my &lt;b&gt;lib&lt;/b&gt;",
        "<b>softmax_xent</b> binary64 <i>loss</i> <mark>40.0 %</mark>.</p>", /* confident rows */
        "9.01e+15", /* 2^53 + 2 ulp, rounded up */
        "0.701",
        "1.928749847963917783017386438173810e-22",
        "0.12345678901<mark>", /* off by 2 in the 13th digit: relative 1.6e-12 */
        "lossproof replay ce-0123456789abcdef --dir ",
        "Planted faults noticed at the same shapes and formats: 1 of 2",
        "seed 18446744073709551615",
        "lower bound",
        "up to 10.0 % lost, in &lt;script&gt;",
        "49 321 evaluations"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (!strstr(text, said[i])) fail_msg("the page does not say: %s", said[i]);
    free(text);
}

static bool installed(const char *program) {
    char command[64];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
    return system(command) == 0;
}

static int count_of(const char *text, const char *what) {
    int count = 0;
    for (; (text = strstr(text, what)); text++) count++;
    return count;
}

/* The headline shows a confident row or none: the same numbers under another label are not. */
static void headline(void **state) {
    (void)state;
    size_t length;
    for (int i = 0; i < cert.counterexamples; i++) {
        char *label = strstr(cert.counterexample[i].case_line, "\"label\":[0]");
        assert_non_null(label);
        label[strlen("\"label\":[")] = '1';
    }
    write_all(&cert);
    char *text = file_text(folder, "report.html", &length);
    assert_non_null(strstr(text, "of confident losses lost</strong>"));
    assert_null(strstr(text, "Smallest case"));
    free(text);
}

/* Drawn where gnuplot is, else told and in tables; the page holds the figures in both. */
static void plots(void **state) {
    (void)state;
    size_t length;
    bool there = installed("gnuplot");
    char *text = file_text(folder, "report.html", &length);
    /* Two by the gap, one by classes. */
    assert_int_equal(count_of(text, "<svg role=\"img\""), there ? 3 : 0);
    assert_int_equal(count_of(text, "</desc>"), there ? 3 : 0);
    assert_true(there == !strstr(text, "No plots: gnuplot"));
    if (there) {
        assert_non_null(strstr(text, "grad at the label: up to 2.26e+15 ulp"));
        assert_non_null(strstr(text, "values are lost from 64 on"));
        assert_null(strstr(text, "gnuplot_"));
        assert_null(strstr(text, "xmlns"));
    }
    free(text);
    char *path = lp_memory_text(getenv("PATH"));
    assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
    write_all(&cert);
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    text = file_text(folder, "report.html", &length);
    check_clean(text, length);
    check_nesting(text);
    assert_non_null(strstr(text, "No plots: gnuplot: No such file or directory"));
    assert_null(strstr(text, "<svg"));
    assert_non_null(strstr(text, "<th scope=\"col\">grad at the label, ulp</th>"));
    assert_non_null(strstr(text, "<td>64</td><td>5.50e+11</td><td>40.0 %</td>"));
    free(text);
}

static void junit(void **state) {
    (void)state;
    size_t length;
    char *text = file_text(folder, "junit.xml", &length);
    check_clean(text, length);
    check_nesting(text);
    /* Three outputs, three properties, two findings, two planted faults, one not tested. The
     * failed: an output and the crash; the errored: the fault that was not noticed; the skipped:
     * the property without a case and what was not tested. */
    assert_non_null(strstr(text, "tests=\"11\" failures=\"2\" errors=\"1\" skipped=\"2\""));
    int cases = 0;
    for (char *p = text; (p = strstr(p, "<testcase")); p++) cases++;
    assert_int_equal(cases, 11);
    free(text);
}

/* Where xmllint is installed it reads both files as well. */
static void xmllint(void **state) {
    (void)state;
    char command[256];
    if (system("command -v xmllint >/dev/null 2>&1") != 0) skip();
    snprintf(command, sizeof command, "xmllint --noout %s/junit.xml", folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command,
             "xmllint --html --noout %s/report.html 2>&1 | grep 'parser error' | grep -v 'Tag .* "
             "invalid'; "
             "test $? -eq 1",
             folder);
    assert_int_equal(system(command), 0);
}

/* --- nothing to say --------------------------------------------------------------------------- */

static void empty(void **state) {
    (void)state;
    lp_certificate none;
    size_t length;
    lp_certificate_init(&none);
    lp_certificate_settle(&none);
    write_all(&none);
    char *text = file_text(folder, "report.html", &length);
    check_clean(text, length);
    check_nesting(text);
    assert_non_null(strstr(text, "conforms to stable: nothing was tested"));
    free(text);
    text = file_text(folder, "certificate.json", &length);
    json_t *root = json_loadb(text, length, 0, NULL);
    assert_non_null(root);
    json_t *verdict = json_object_get(root, "verdict");
    assert_int_equal(json_integer_value(json_object_get(verdict, "exit_status")), 2);
    json_decref(root);
    free(text);
    text = file_text(folder, "counterexamples.jsonl", &length);
    assert_int_equal(length, 0);
    free(text);
    none.subject_lost = true;
    none.complete = false;
    none.subject = lp_memory_text("x");
    write_all(&none);
    text = file_text(folder, "report.html", &length);
    assert_non_null(strstr(text, "conforms to stable: no<"));
    assert_non_null(strstr(text, "The subject was lost"));
    free(text);
    text = file_text(folder, "junit.xml", &length);
    assert_non_null(strstr(text, "tests=\"2\" failures=\"1\" errors=\"1\" skipped=\"0\""));
    free(text);
    lp_certificate_clear(&none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(certificate, setup, teardown),
        cmocka_unit_test_setup_teardown(same_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(counterexamples, setup, teardown),
        cmocka_unit_test_setup_teardown(page, setup, teardown),
        cmocka_unit_test_setup_teardown(headline, setup, teardown),
        cmocka_unit_test_setup_teardown(plots, setup, teardown),
        cmocka_unit_test_setup_teardown(junit, setup, teardown),
        cmocka_unit_test_setup_teardown(xmllint, setup, teardown),
        cmocka_unit_test_setup_teardown(empty, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
