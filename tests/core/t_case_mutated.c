/* Valid lines damaged at random: refused or understood, never a crash, and what was understood
 * prints and reads as itself. Run under ASan this also shows that nothing reads past the line,
 * which is given without a terminating NUL. */
#include "check.h"
#include "random_case.h"

#include "core/case_text.h"

/* Bytes that mean something to JSON or to a hex-float, so that damage often stays well formed. */
static char any_byte(lp_rng *r) {
    static const char telling[] = "\"\\{}[]:,0123456789abcdefxp+-.infnaK \t\r\n";
    if (lp_rng_below(r, 4) == 0) return (char)lp_rng_below(r, 256);
    return telling[lp_rng_below(r, sizeof telling - 1)];
}

/* Replaces, inserts, deletes a byte or repeats a piece. `line` has room for twice its length. */
static void damage(char *line, size_t *length, lp_rng *r) {
    size_t at = lp_rng_below(r, *length), rest = *length - at;
    size_t piece = 1 + lp_rng_below(r, rest < 40 ? rest : 40);
    switch (lp_rng_below(r, 4)) {
    case 0:
        line[at] = any_byte(r);
        break;
    case 1:
        memmove(line + at + 1, line + at, rest);
        line[at] = any_byte(r);
        *length += 1;
        break;
    case 2:
        memmove(line + at, line + at + piece, rest - piece);
        *length -= piece;
        break;
    default:
        memmove(line + at + piece, line + at, rest);
        *length += piece;
    }
}

static bool survives(const char *line, size_t length) {
    char *exact = malloc(length ? length : 1);
    memcpy(exact, line, length);
    lp_case c;
    lp_error err = {""};
    const char *status = NULL;
    bool good = lp_case_parse(&c, exact, length, &status, &err);
    free(exact);
    assert_non_null(status);
    if (!good) {
        assert_true(*err.text && strcmp(status, "ok"));
        return false;
    }
    lp_case again;
    char *once = lp_case_print(&c);
    assert_true(lp_case_check(&c, &err));
    assert_true(lp_case_parse(&again, once, strlen(once), &status, &err));
    assert_true(lp_case_equal(&c, &again));
    char *twice = lp_case_print(&again);
    assert_string_equal(once, twice);
    free(once);
    free(twice);
    lp_case_clear(&c);
    lp_case_clear(&again);
    return true;
}

static void mutated(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 40, 0, 0);
    int understood = 0, refused = 0;
    for (int i = 0; i < 100000; i++) {
        lp_case c;
        random_case(&c, &r, built_op(i));
        char *line = lp_case_print(&c);
        size_t length = strlen(line);
        char *room = malloc(length + 512);
        memcpy(room, line, length);
        for (uint64_t hits = 1 + lp_rng_below(&r, 3); hits && length; hits--)
            damage(room, &length, &r);
        bool good = survives(room, length);
        understood += good;
        refused += !good;
        free(room);
        free(line);
        lp_case_clear(&c);
    }
    assert_true(understood > 1000 && refused > 1000);
}

/* The same damage on an answer line. */
static void mutated_answers(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 41, 0, 0);
    for (int i = 0; i < 30000; i++) {
        lp_case c;
        lp_answer a;
        lp_error err = {""};
        random_case(&c, &r, built_op(i));
        lp_answer_init(&a);
        for (int o = 0; o < LP_OUT_COUNT; o++)
            if (lp_op_output(lp_op_get(c.op), (lp_out)o)) lp_answer_alloc(&a, &c, (lp_out)o);
        lp_answer_line whole = {.id = c.id, .answer = &a, .status = "ok"};
        char *line = lp_answer_print(&whole);
        size_t length = strlen(line);
        lp_answer_clear(&a);
        char *room = malloc(length + 64);
        memcpy(room, line, length);
        damage(room, &length, &r);
        char *exact = malloc(length ? length : 1);
        memcpy(exact, room, length);
        if (lp_answer_parse(&a, &c, exact, length, &err))
            lp_answer_clear(&a);
        else
            assert_true(*err.text);
        free(exact);
        free(room);
        free(line);
        lp_case_clear(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutated),
        cmocka_unit_test(mutated_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
