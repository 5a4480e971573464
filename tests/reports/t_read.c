/* certificate.json read back: the same bytes again, and every damage refused by its key. */
#include "check.h"
#include "sample.h"

#include "reports/reports.h"

#include <jansson.h>
#include <unistd.h>

static char folder[64], path[160];
static lp_certificate cert;
static json_t *root;

static int setup(void **state) {
    (void)state;
    lp_error err = {""};
    size_t length;
    temporary_folder(folder);
    snprintf(path, sizeof path, "%s/certificate.json", folder);
    sample(&cert);
    if (!lp_report_certificate(path, &cert, &err)) fail_msg("%s", err.text);
    char *text = file_text(folder, "certificate.json", &length);
    root = json_loadb(text, length, 0, NULL);
    assert_non_null(root);
    free(text);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    json_decref(root);
    lp_certificate_clear(&cert);
    unlink(path);
    return rmdir(folder);
}

/* Writes what the read certificate gives with each writer and compares it with the original's. */
static void round_trip(void **state) {
    (void)state;
    static bool (*const write[])(const char *, const lp_certificate *, lp_error *) = {
        lp_report_certificate, lp_report_html, lp_report_junit, lp_report_counterexamples};
    lp_certificate again;
    lp_error err = {""};
    if (!lp_report_read(&again, path, &err)) fail_msg("%s", err.text);
    for (size_t i = 0; i < sizeof write / sizeof *write; i++) {
        char out[2][160], *text[2];
        size_t length[2];
        for (int k = 0; k < 2; k++) {
            snprintf(out[k], sizeof out[k], "%s/out", folder);
            assert_true(write[i](out[k], k ? &again : &cert, &err));
            text[k] = file_text(folder, "out", &length[k]);
            unlink(out[k]);
        }
        assert_int_equal(length[0], length[1]);
        assert_memory_equal(text[0], text[1], length[0]);
        free(text[0]);
        free(text[1]);
    }
    lp_certificate_clear(&again);
}

/* The damaged root is refused by a line that names the file and `key`. */
static void refused(const char *key, const char *what) {
    lp_certificate again;
    lp_error err = {""};
    assert_int_equal(json_dump_file(root, path, JSON_SORT_KEYS), 0);
    if (lp_report_read(&again, path, &err)) fail_msg("%s: %s was read all the same", key, what);
    if (strncmp(err.text, path, strlen(path)) || !strstr(err.text, key))
        fail_msg("%s: %s is told as: %s", key, what, err.text);
    assert_true(again.rows == 0 && !again.subject);
}

/* A key that may be missing: a regime's name, a part of a histogram. */
static bool free_key(const char *within) {
    return !strcmp(within, "histograms") || !strcmp(within, "gap") || !strcmp(within, "case") ||
           !strcmp(within, "original");
}

/* Names are keys in some objects: that one is gone shows elsewhere. */
static const char *told_as(const char *key, const char *within) {
    if (!strcmp(within, "regimes")) return "outputs";
    return strstr(within, "_by_output") ? "_by_output" : key;
}

/* Takes every key away once, puts another type in its place, adds an unknown one. */
static int damage(json_t *at, const char *within) {
    const char *key;
    json_t *inner;
    int done = 0;
    for (size_t i = 0; i < json_array_size(at); i++) done += damage(json_array_get(at, i), within);
    if (!json_is_object(at) || free_key(within)) return done;
    /* Over a copy: what is put back goes to the end. */
    json_t *keys = json_copy(at);
    json_object_foreach(keys, key, inner) {
        bool plain = strstr(key, "script") == NULL; /* the error line has other letters for it */
        json_object_del(at, key);
        /* `hints` is there only where an output fails by its numbers. */
        if (plain && strcmp(key, "hints") != 0) refused(told_as(key, within), "missing");
        json_object_set_new(at, key, json_real(0.5));
        if (plain) refused(key, "a number");
        json_object_set(at, key, inner);
        done += 2 + damage(inner, key);
    }
    json_decref(keys);
    if (!strcmp(within, "regimes") || !strcmp(within, "broken_at_by_output")) return done;
    json_object_set_new(at, "zzz", json_integer(1));
    bool real = json_object_get(at, "decimal") != NULL;
    refused(strstr(within, "_by_output") || real ? within : "zzz", "unknown");
    json_object_del(at, "zzz");
    return done + 1;
}

/* Thousands of logits would be parsed a thousand times. */
static void shorten_cases(json_t *at) {
    const char *key;
    json_t *inner;
    for (size_t i = 0; i < json_array_size(at); i++) shorten_cases(json_array_get(at, i));
    json_object_foreach(at, key, inner) {
        bool wide = json_array_size(json_object_get(inner, "logits")) > 10;
        if (wide)
            json_object_set_new(at, key, json_string("wide"));
        else
            shorten_cases(inner);
    }
}

static void damaged(void **state) {
    (void)state;
    shorten_cases(root);
    assert_true(damage(root, "") > 500);
}

/* What follows from the rest cannot be written in by hand. */
static void contradicting(void **state) {
    (void)state;
    json_t *verdict = json_object_get(root, "verdict");
    json_object_set_new(verdict, "level", json_string("correct"));
    refused("verdict.level", "a better level");
    json_object_set_new(verdict, "level", json_string("fail"));
    json_object_set_new(verdict, "exit_status", json_integer(0));
    refused("verdict.exit_status", "a better status");
    json_object_set_new(verdict, "exit_status", json_integer(1));
    json_t *row = json_array_get(json_object_get(root, "outputs"), 0);
    json_object_set_new(row, "level", json_string("correct"));
    refused("outputs[0].", "a better output");
    json_object_set_new(root, "schema", json_string("lossproof.certificate/2"));
    json_object_del(row, "level"); /* as it may be in another one */
    json_object_del(json_object_get(root, "run"), "seed");
    refused("schema: is not", "another schema");
}

static void no_file(void **state) {
    (void)state;
    static const char *const text[] = {"", "{", "[]", "{\"a\":1,\"a\":2}", "nonsense", "\xff"};
    lp_certificate again;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        lp_error err = {""};
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(text[i], f);
        fclose(f);
        assert_false(lp_report_read(&again, path, &err));
        assert_memory_equal(err.text, path, strlen(path));
    }
    lp_error err = {""};
    assert_false(lp_report_read(&again, "/nowhere/certificate.json", &err));
    assert_non_null(strstr(err.text, "/nowhere/certificate.json"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(contradicting, setup, teardown),
        cmocka_unit_test_setup_teardown(no_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
