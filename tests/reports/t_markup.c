#include "check.h"
#include "sample.h"

#include "reports/markup.h"

static char *escaped(const char *text) {
    lp_text t = {0};
    lp_text_add(&t, "");
    lp_markup_text(&t, text);
    return lp_text_take(&t);
}

static void text(void **state) {
    (void)state;
#define U "\xef\xbf\xbd"
    static const struct {
        const char *in, *out;
    } table[] = {{"", ""},
                 {"plain", "plain"},
                 {"<a href=\"x\">'&amp;", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;"},
                 {"tab\tline\nreturn\r", "tab\tline\nreturn" U},
                 {"\x01\x1b\x7f", U U U},
                 {"caf\xc3\xa9 \xf0\x9f\x92\xa9", "caf\xc3\xa9 \xf0\x9f\x92\xa9"},
                 {"\xff\xc3(", U U "("},
                 {"\xc2\x80\xc2\x9f\xc2\xa0", U U "\xc2\xa0"}, /* C1, and the blank after it */
                 {"\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf", U U U},
                 {"\xed\xa0\x80", U U U}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *got = escaped(table[i].in);
        assert_string_equal(got, table[i].out);
        free(got);
    }
    char *none = escaped(NULL);
    assert_string_equal(none, "");
    free(none);
}

static void cut(void **state) {
    (void)state;
    lp_text t = {0};
    lp_markup_cut(&t, "<<<<", 2);
    assert_string_equal(t.data, "&lt;&lt; \xe2\x80\xa6 (4 bytes in all)");
    lp_text_clear(&t);
    lp_markup_cut(&t, "abcd", 4);
    assert_string_equal(t.data, "abcd");
    lp_text_clear(&t);
    lp_markup_cut(&t, "a\xc3\xa9z", 2); /* a character is not cut in half */
    assert_string_equal(t.data, "a\xc3\xa9 \xe2\x80\xa6 (4 bytes in all)");
    lp_text_clear(&t);
}

/* What a shell makes of the word is the word. */
static void shell_word(void **state) {
    (void)state;
    static const char *const word[] = {
        "plain-word_1.so", "",  "two words", "it's", "$(id)`id`\\\"", "a\nb", "*", "~", "#x",
        "caf\xc3\xa9",     "!", "'"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        lp_text t = {0};
        char got[64] = "";
        lp_text_add(&t, "printf '%s' ");
        lp_shell_word(&t, word[i]);
        FILE *shell = popen(t.data, "r");
        size_t length = fread(got, 1, sizeof got - 1, shell);
        got[length] = 0;
        assert_int_equal(pclose(shell), 0);
        assert_string_equal(got, word[i]);
        lp_text_clear(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text),
        cmocka_unit_test(cut),
        cmocka_unit_test(shell_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
