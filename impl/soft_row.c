#include "impl/soft_row.h"

bool lp_soft_row_set(lp_soft_row *s, lp_view z, int64_t k, double temperature) {
    s->z = z;
    s->k = k;
    s->temperature = temperature;
    s->top = lp_row_argmax(z, k);
    s->z_top = lp_at(z, s->top);
    s->refined = false;
    s->big.n = 0;
    return lp_row_split(&s->row[0], z, k, s->top, temperature, false);
}
const lp_row *lp_soft_row_at(lp_soft_row *s, bool precise) {
    if (!precise) return &s->row[0];
    if (!s->refined)
        s->refined = lp_row_split(&s->row[1], s->z, s->k, s->top, s->temperature, true);
    return &s->row[1];
}
int lp_soft_row_big(lp_soft_row *s, int n) {
    if (s->big.n < n) lp_big_row_set(&s->big, n, s->z, s->k, s->top, s->temperature);
    return s->big.n;
}
