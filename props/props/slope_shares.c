/* Third derivatives along d in [-1, 1]^K, in the softmax shares p (of z, or s of z/T) at the middle
 * of the step. Used throughout, with m = E d, R = 1 - p_i for the class i of the greatest share:
 *   E|d - m| <= 2 E|d - d_i| <= 4 R, |d - m| <= 2, |d_i - m| <= 2 R, var d <= min(1, 4 R),
 *   |k3| <= max (d-m)^2 E|d-m| <= 16 R; where one component j moves, |k3| = p (1-p) |1-2p| <=
 *   min(p_j, 1 - p_j).
 * Shares are formed in doubles: (z_j - z_i)/T is rounded twice and at most 746 where its
 * exponential is a number, so that a share is off by 2^-42 of itself, which GROWN covers beside the
 * step's own e^(2t), and by TINY where it underflows. */
#include "props/props/slope_shares.h"

#include <float.h>
#include <math.h>

#define TINY 0x1p-1070

/* Share of class j in softmax(x/T) of the row, and of all the others together: 1 - p would cancel.
 */
typedef struct share {
    double own, rest;
} share;

static share share_of(const lp_case *c, int64_t row, int64_t j, double T) {
    const double *z = lp_domain_row(c, LP_IN_LOGITS, row);
    double top = -INFINITY, own = 0, rest = 0;
    for (int64_t i = 0; i < c->k; i++) top = fmax(top, z[i]);
    for (int64_t i = 0; i < c->k; i++) {
        double term = exp((z[i] - top) / T);
        if (i == j)
            own = term;
        else
            rest += term;
    }
    return (share){own / (own + rest), rest / (own + rest)};
}

static int64_t greatest(const lp_case *c, int64_t row) {
    const double *z = lp_domain_row(c, LP_IN_LOGITS, row);
    int64_t at = 0;
    for (int64_t j = 1; j < c->k; j++)
        if (z[j] > z[at]) at = j;
    return at;
}

/* The class that moves, or -1 where several do and the bounds go by the class of the greatest
 * share, which *by is in any case. */
static int64_t mover(int64_t *by, const lp_case *c, int64_t row, const double *way) {
    int64_t moved = 0, at = -1;
    for (int64_t j = 0; j < c->k; j++)
        if (way[j] != 0) {
            moved++;
            at = j;
        }
    *by = moved == 1 ? at : greatest(c, row);
    return moved == 1 ? at : -1;
}

static double third_cumulant(share p, bool one) {
    return (one ? fmin(p.own, p.rest) : 16 * p.rest) + TINY;
}

/* --- softmax and log_softmax, component k: the cotangent is 1 there and 0 elsewhere -------------
 */

bool lp_slope_link_row(const lp_case *c, int64_t row) {
    return lp_domain_masked(c, LP_IN_LOGITS, row);
}

/* In u = z/T, log_softmax: f''' = -k3, and T |g_j| = p_j, T |g_k| = 1 - p_k.
 * Softmax: p_k''' = p_k ((d_k-m)^3 - 3 (d_k-m) var - k3). Along k itself that is p (1-p)
 * (1 - 6 p (1-p)), along another class p_k p_j (6 p_j (1-p_j) - 1), in size at most T |g_j| both.
 * Along a direction, with r = 1 - p_k in place of R: p_k (4 * 2 r + 3 * 2 r + 2 * 4 r) = 22 T
 * |g_k|, which covers the 16 of log_softmax. */
double lp_slope_link_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    const lp_case *c = e->kase;
    const double *v = lp_domain_row(c, LP_IN_V, row);
    double T = lp_case_param(c, LP_PARAM_TEMPERATURE);
    int64_t by, one = mover(&by, c, row, way), k = 0;
    while (k < c->k - 1 && v[k] == 0) k++;
    double g = lp_slope_size(e, LP_OUT_GRAD, row * c->k + (one >= 0 ? one : k));
    return lp_slope_bound((t / T) * (t / T) / 6 * (one >= 0 ? 1 : 22) * g);
}

/* --- distill: the third cumulants of p and of s, T^2 / T^3 of the latter -----------------------
 */

bool lp_slope_distill_row(const lp_case *c, int64_t row) {
    return lp_domain_masked(c, LP_IN_LOGITS, row) && lp_domain_masked(c, LP_IN_TEACHER, row);
}

double lp_slope_distill_step(const lp_case *c, int64_t row, int64_t j) {
    (void)row, (void)j;
    return ldexp(1, ilogb(fmin(1, lp_case_param(c, LP_PARAM_TEMPERATURE))) - 26);
}

double lp_slope_distill_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    const lp_case *c = e->kase;
    double T = lp_case_param(c, LP_PARAM_TEMPERATURE), mix = lp_case_param(c, LP_PARAM_MIX);
    int64_t by, one = mover(&by, c, row, way);
    double hard = third_cumulant(share_of(c, row, by, 1), one >= 0);
    double soft = third_cumulant(share_of(c, row, by, T), one >= 0);
    return lp_slope_bound(t / 6 * (mix * t * hard + fabs(1 - mix) * (t / T) * soft));
}

/* --- policy_grad: f = -A ln p_a - b H ----------------------------------------------------------
 */

bool lp_slope_policy_row(const lp_case *c, int64_t row) {
    return lp_domain_masked(c, LP_IN_LOGITS, row);
}

/* E|z_j - z| for the class j. A class that underflows adds less than 2^-1063 to it times p_j. */
static double spread(const lp_case *c, int64_t row, int64_t j) {
    const double *z = lp_domain_row(c, LP_IN_LOGITS, row);
    double sum = 0;
    for (int64_t i = 0; i < c->k; i++) {
        double p = share_of(c, row, i, 1).own;
        if (p > 0) sum += p * fabs(z[j] - z[i]);
    }
    return sum;
}

/* H = LSE - E z, H' = -cov(z, d), H'' = -var d - k(z,d,d), H''' = -2 k3 - k(z,d,d,d), where
 * k(z,d,d,d) = E(z-Ez)(d-m)^3 - 3 cov(z,d) var d. Where one component moves that is
 * p_j (z_j - Ez) (1 - 6 p_j (1-p_j)), at most p_j spread; along a direction at most
 * (8 + 3*2*1) E|z - Ez| <= 28 spread_i. On the way the spread grows by 2 t R at most. */
double lp_slope_policy_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    const lp_case *c = e->kase;
    const double *given = c->in[LP_IN_ADVANTAGE];
    double a = fabs(given ? given[row] : lp_case_param(c, LP_PARAM_ADVANTAGE));
    double b = fabs(lp_case_param(c, LP_PARAM_ENTROPY_WEIGHT));
    int64_t by, one = mover(&by, c, row, way);
    share p = share_of(c, row, by, 1);
    double k3 = third_cumulant(p, one >= 0), far = spread(c, row, by) + 2 * t * p.rest;
    double k4 = (one >= 0 ? p.own : 28) * far + 0x1p-1050;
    return lp_slope_bound(t * t / 6 * (a * k3 + (b > 0 ? b * (2 * k3 + k4) : 0)));
}

/* --- mse_softmax: f = sum (p_j - t_j)^2 / 2, r = p - t -----------------------------------------
 */

bool lp_slope_squares_row(const lp_case *c, int64_t row) {
    return lp_domain_masked(c, LP_IN_LOGITS, row) && lp_domain_finite(c, LP_IN_TARGETS, row);
}

/* At least |p - t|: from the side on which the share is small. */
static double residue(share p, double t) {
    return p.own > 0.5 ? fabs((1 - t) - p.rest) + 0x1p-40 * p.rest
                       : fabs(p.own - t) + 0x1p-40 * p.own;
}

/* f''' = sum 3 p_i' p_i'' + r_i p_i'''. Where j alone moves, p_j', p_j'', p_j''' are at most
 * p_j (1-p_j) and p_i', p_i'', p_i''' at most p_i p_j, with sum p_i^2 <= (1-p_j)^2:
 *   6 p_j^2 (1-p_j)^2 + p_j S, S = (1-p_j) |r_j| + sum over i != j of p_i |r_i|.
 * Along a direction |p_k'| = p_k |d_k-m|, |p_k''| <= p_k (2 |d_k-m| + var), whose sums are at most
 * 4 R and 12 R, and |p_k'''| <= p_k (7 |d_k-m| + 16 R): 144 R^2 + 30 S for j = i. What the residues
 * change by on the way, 2^-22 of p_j (1-p_j) or R, is lost in the first term's GROWN. */
double lp_slope_squares_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    const lp_case *c = e->kase;
    const double *target = lp_domain_row(c, LP_IN_TARGETS, row);
    int64_t by, one = mover(&by, c, row, way);
    share at = share_of(c, row, by, 1);
    double pull = (at.rest + TINY) * residue(at, target[by]);
    for (int64_t i = 0; i < c->k; i++) {
        share p = share_of(c, row, i, 1);
        if (i != by) pull += (p.own + TINY) * residue(p, target[i]);
    }
    double both = at.own * at.rest + TINY;
    return lp_slope_bound(t * t / 6 *
                          (one >= 0 ? 6 * both * both + (at.own + TINY) * pull
                                    : 144 * at.rest * at.rest + 30 * pull));
}

/* --- hinge_multi -------------------------------------------------------------------------------
 */

/* No term changes sign and no maximum its class within steps of 2^-23 for both logits of a margin;
 * the difference first, of which 1 takes no digit away where the sum is small. */
#define CLEAR 0x1p-20

bool lp_slope_margins_row(const lp_case *c, int64_t row) {
    const double *z = lp_domain_row(c, LP_IN_LOGITS, row);
    bool largest = lp_case_param(c, LP_PARAM_FORM) == 1;
    int64_t label = c->label[row], top = -1;
    if (!lp_domain_finite(c, LP_IN_LOGITS, row)) return false;
    for (int64_t j = 0; j < c->k; j++)
        if (j != label && (top < 0 || z[j] > z[top])) top = j;
    for (int64_t j = 0; j < c->k; j++) {
        if (j == label || (largest && j != top && z[top] - z[j] > CLEAR)) continue;
        if ((largest && j != top) || !(fabs(1 + (z[j] - z[label])) > CLEAR)) return false;
    }
    return true;
}
