/* distill by the program of docs/bounds.md. Included once per format, after soft_rows.h; faults as
 * there (BATCH_FAULT). Temperature it takes and does not claim, as the other losses here: the noise
 * of s_j - t_j times a large T overflows where the exact gradient does not. */

typedef struct NAME(pupil) {
    NAME(shifted) p, s, t; /* at T = 1, and student and teacher at T */
    double mix, rest, temperature;
    bool kl;
} NAME(pupil);

static NAME(pupil) NAME(pupil_of)(const lp_call *c, int64_t i BATCH_MORE) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *y = NAME(in)(c, LP_IN_TEACHER, i);
    NAME(pupil) row = {.mix = frame_mix(c), .temperature = NAME(temperature)(c)};
    const double t = row.temperature;
    row.rest = 1 - row.mix;
    row.kl = c->param[LP_PARAM_FORM] == 1 && !BATCH_FAULT(distill_entropy_dropped);
    if (BATCH_FAULT(distill_mix_swapped)) {
        row.mix = row.rest;
        row.rest = 1 - row.mix;
    }
    row.p = NAME(shift_logits)(z, c->k, BATCH_FAULT(distill_hard_loss_at_t) ? t : 1 BATCH_PASS);
    row.s = NAME(shift_logits)(z, c->k, BATCH_FAULT(distill_student_untempered) ? 1 : t BATCH_PASS);
    row.t = NAME(shift_logits)(y, c->k, BATCH_FAULT(distill_teacher_untempered) ? 1 : t BATCH_PASS);
    return row;
}

/* scale -ln of a row's probability, brought to `unit`. */
static double NAME(lesson_surprise)(const NAME(shifted) * row, int64_t j, double unit BATCH_MORE) {
    if (BATCH_FAULT(distill_log_of_softmax)) return -log(NAME(share)(row, j)) * unit;
    return NAME(surprise)(row, j BATCH_PASS) * (unit / (double)row->scale);
}

/* unit t_j ln(t_j / s_j), or -unit t_j ln s_j. */
static double NAME(lesson)(const NAME(pupil) * row, int64_t j, double unit BATCH_MORE) {
    const NAME(shifted) *own = &row->s, *other = &row->t;
    if (BATCH_FAULT(distill_reversed)) own = &row->t, other = &row->s;
    const double t = NAME(share)(other, j);
    if (t == 0 && !BATCH_FAULT(distill_zero_log_zero)) return 0;
    double y = NAME(lesson_surprise)(own, j, unit BATCH_PASS);
    if (row->kl) y -= NAME(lesson_surprise)(other, j, unit BATCH_PASS);
    return t * y;
}

/* T^2 and T as the loss and the gradient take them. */
static double NAME(warmth)(const NAME(pupil) * row, bool loss BATCH_MORE) {
    const double t = row->temperature;
    if (BATCH_FAULT(distill_no_t_squared)) return loss ? 1 : 1 / t;
    if (BATCH_FAULT(distill_t_squared_twice)) return loss ? t * t * t * t : t * t * t;
    if (BATCH_FAULT(distill_loss_times_t) && loss) return t;
    if (BATCH_FAULT(distill_gradient_t_squared) && !loss) return t * t;
    if (BATCH_FAULT(distill_gradient_without_t) && !loss) return 1;
    return loss ? t * t : t;
}

static double NAME(distill_loss)(const lp_call *c, int64_t i, const NAME(pupil) * row BATCH_MORE) {
    const double unit = row->s.scale < 1 || row->t.scale < 1 ? 0.5 : 1;
    double x = 0, hard = 0;
    for (int64_t j = 0; row->rest != 0 && j < c->k; j++) {
        const bool gone = row->s.z[j] == (REAL)-INFINITY;
        if (gone && row->t.z[j] != (REAL)-INFINITY && !BATCH_FAULT(distill_zero_log_zero))
            x = (double)INFINITY; /* t_j > 0, though it may underflow */
        else
            x += NAME(lesson)(row, j, unit BATCH_PASS);
    }
    if (BATCH_FAULT(distill_over_classes)) x /= (double)c->k;
    if (row->mix != 0)
        hard = row->mix * NAME(lesson_surprise)(&row->p, c->label[i], unit BATCH_PASS);
    if (isinf(hard) || row->rest == 0) return hard / unit;
    return (hard + row->rest * NAME(warmth)(row, true BATCH_PASS) * x) / unit;
}

static void NAME(distill)(const lp_call *c, int64_t i BATCH_MORE) {
    const NAME(pupil) row = NAME(pupil_of)(c, i BATCH_PASS);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i);
    if (row.s.nan || row.t.nan) {
        NAME(fill)(c, i, (REAL)NAN);
        return;
    }
    const double loss = NAME(distill_loss)(c, i, &row BATCH_PASS);
    for (int64_t j = 0; j < c->k; j++) {
        const bool label = row.mix != 0 && j == c->label[i];
        const double soft = (double)NAME(share)(&row.s, j) - (double)NAME(share)(&row.t, j);
        double g = row.mix == 0 ? 0 : row.mix * ((double)NAME(share)(&row.p, j) - label);
        if (row.rest != 0) g += row.rest * NAME(warmth)(&row, false BATCH_PASS) * soft;
        if (BATCH_FAULT(distill_gradient_hard_alone))
            g = row.mix * ((double)NAME(share)(&row.p, j) - label);
        grad[j] = (REAL)(g + 0); /* +0, not -0 */
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = (REAL)(loss + 0);
}
