/* Every way to be wrong that section 7 names, each with its key and its status. Lines are written
 * with ' for ", since none contains an apostrophe. */
#include "check.h"

#include "core/case_text.h"

#define HEAD "'op':'softmax_xent','format':'binary64','n':1,'k':2,"
#define Z    "'logits':['0x1p+0','0x0p+0'],"
#define L    "'label':[0]"
#define GOOD HEAD Z L

static const struct {
    const char *line, *key, *status;
} bad[] = {
    /* not an object */
    {"", "empty", "syntax"},
    {"   ", "empty", "syntax"},
    {"[]", "object", "syntax"},
    {"3", "object", "syntax"},
    {"'text'", "object", "syntax"},
    {"null", "object", "syntax"},
    {"{", "object", "syntax"},
    {"}", "object", "syntax"},
    {"{}", "op", "syntax"},
    {"{" GOOD, "label", "syntax"},
    {"{" GOOD ",}", "label", "syntax"},
    {"{" GOOD "}}", "end of file", "syntax"},
    {"{" GOOD "} {}", "end of file", "syntax"},
    {"{" GOOD "}x", "end of file", "syntax"},
    {"{" GOOD "} // why", "object: end of file", "syntax"},
    {"{op:'softmax_xent'}", "object", "syntax"},
    /* op, format, sizes */
    {"{'format':'binary64'}", "op", "syntax"},
    {"{'op':7}", "op", "syntax"},
    {"{'op':'softmax_cross'}", "op", "value"},
    {"{'op':'SOFTMAX'}", "op", "value"},
    {"{'op':'softmax_xent','n':1,'k':2}", "format", "syntax"},
    {"{'op':'softmax_xent','format':'double','n':1,'k':2}", "format", "value"},
    {"{'op':'softmax_xent','format':64,'n':1,'k':2}", "format", "syntax"},
    {"{'op':'softmax_xent','format':'binary64','k':2}", "n", "syntax"},
    {"{'op':'softmax_xent','format':'binary64','n':1}", "k", "syntax"},
    {"{'op':'softmax_xent','format':'binary64','n':1.0,'k':2}", "n", "syntax"},
    {"{'op':'softmax_xent','format':'binary64','n':'1','k':2}", "n", "syntax"},
    {"{'op':'softmax_xent','format':'binary64','n':-1,'k':2}", "n", "value"},
    {"{'op':'softmax_xent','format':'binary64','n':1,'k':-2}", "k", "value"},
    {"{'op':'softmax_xent','format':'binary64','n':1e3,'k':2}", "n", "syntax"},
    {"{'op':'softmax_xent','format':'binary64','n':9223372036854775808,'k':2}", "n", "syntax"},
    {"{'op':'softmax_xent','format':'binary64','n':4000000000,'k':4000000000," Z L "}", "logits",
     "value"},
    {"{'op':'softmax_xent','format':'binary64','n':0,'k':2,'stride':9223372036854775807}", "stride",
     "value"},
    {"{'op':'bce_logits','format':'binary64','n':1,'k':2," Z "'targets':['0x0p+0','0x0p+0']}", "k",
     "value"},
    {"{" GOOD ",'d':3}", "d", "value"},
    {"{" GOOD ",'stride':1}", "stride", "value"},
    {"{" GOOD ",'stride':'2'}", "stride", "syntax"},
    {"{" GOOD ",'rounding':'away'}", "rounding", "value"},
    {"{" GOOD ",'rounding':1}", "rounding", "syntax"},
    /* keys */
    {"{" GOOD ",'logit':[]}", "logit", "syntax"},
    {"{" GOOD ",'alpha':[]}", "alpha", "syntax"},
    {"{" GOOD ",'smoothing':'0x0p+0'}", "smoothing", "syntax"},
    {"{" GOOD ",'':1}", ": unknown key", "syntax"},
    {"{" GOOD ",'label':[0]}", "label", "syntax"},
    {"{" GOOD ",'n':1}", "n: duplicate", "syntax"},
    {"{'op':'entropy'," GOOD "}", "op", "syntax"},
    {"{" GOOD ",'params':{'temperature':'0x1p+0','temperature':'0x1p+0'}}", "temperature",
     "syntax"},
    /* arrays */
    {"{" HEAD L "}", "logits", "value"},
    {"{" HEAD Z "'id':'x'}", "label", "value"},
    {"{" HEAD "'logits':['0x1p+0']," L "}", "logits", "value"},
    {"{" HEAD "'logits':['0x1p+0','0x1p+0','0x1p+0']," L "}", "logits", "value"},
    {"{" HEAD "'logits':[]," L "}", "logits", "value"},
    {"{" HEAD "'logits':'0x1p+0'," L "}", "logits", "syntax"},
    {"{" HEAD "'logits':[['0x1p+0'],['0x1p+0']]," L "}", "element 0", "syntax"},
    {"{" HEAD "'logits':['0x1p+0',1]," L "}", "element 1", "syntax"},
    {"{" HEAD "'logits':['0x1p+0',1.5]," L "}", "element 1", "syntax"},
    {"{" HEAD "'logits':['0x1p+0',null]," L "}", "element 1", "syntax"},
    {"{" HEAD "'logits':['0x1p+0','1.5']," L "}", "element 1", "syntax"},
    {"{" HEAD "'logits':['0x1p+0','-nan']," L "}", "element 1", "syntax"},
    {"{" HEAD "'logits':['0x1p+0','nan(0x1)']," L "}", "element 1", "syntax"},
    {"{" HEAD "'logits':['0x1p+0','0X1P0']," L "}", "element 1", "syntax"},
    {"{" HEAD "'logits':['0x1p+0','0x1p+1024']," L "}", "element 1", "syntax"},
    {"{" HEAD "'logits':['0x1p+0','0x1.00000000000001p+0']," L "}", "element 1", "syntax"},
    {"{" HEAD "'logits':['0x1p+0','\\u0000']," L "}", "logits", "syntax"},
    {"{" HEAD "'logits':['0x1p+0',1e999]," L "}", "logits", "syntax"},
    {"{" HEAD "'logits':['0x1p+0',NaN]," L "}", "logits", "syntax"},
    {"{" HEAD "'logits':{'0':'0x1p+0'}," L "}", "logits", "syntax"},
    {"{" GOOD ",'q':['0x1p+0','0x0p+0']}", "q", "value"},
    {"{" GOOD ",'targets':['0x1p+0','0x0p+0']}", "targets", "value"},
    {"{" GOOD ",'q':['0x1p+0','0x0p+0']}", "q", "value"},
    {"{" GOOD ",'weights':['0x1p+0']}", "weights", "value"},
    {"{" GOOD ",'weights':'0x1p+0'}", "weights", "syntax"},
    {"{" GOOD ",'upstream':['0x1p+0','0x1p+0']}", "upstream", "value"},
    {"{'op':'softmax','format':'binary32','n':1,'k':1,'logits':['0x1.000001p+0']}", "logits",
     "value"},
    {"{'op':'softmax','format':'binary32','n':1,'k':1,'logits':['0x1p-150']}", "logits", "value"},
    {"{'op':'softmax','format':'binary16','n':1,'k':1,'logits':['0x1p+16']}", "logits", "value"},
    {"{'op':'softmax','format':'e4m3','n':1,'k':1,'logits':['inf']}", "logits", "value"},
    /* labels */
    {"{" HEAD Z "'label':[1.0]}", "label: element 0", "syntax"},
    {"{" HEAD Z "'label':['0']}", "label: element 0", "syntax"},
    {"{" HEAD Z "'label':[true]}", "label: element 0", "syntax"},
    {"{" HEAD Z "'label':[[0]]}", "label: element 0", "syntax"},
    {"{" HEAD Z "'label':0}", "label", "syntax"},
    {"{" HEAD Z "'label':[]}", "label", "value"},
    {"{" HEAD Z "'label':[0,1]}", "label", "value"},
    {"{" HEAD Z "'label':[9223372036854775808]}", "label", "syntax"},
    {"{" HEAD Z "'label':[-9223372036854775809]}", "label", "syntax"},
    {"{" HEAD Z "'label':[01]}", "label", "syntax"},
    {"{" HEAD Z "'label':[+1]}", "label", "syntax"},
    {"{'op':'softmax','format':'binary64','n':1,'k':2," Z L "}", "label", "value"},
    /* params */
    {"{" GOOD ",'params':[]}", "params", "syntax"},
    {"{" GOOD ",'params':{'temp':'0x1p+0'}}", "temp", "syntax"},
    {"{" GOOD ",'params':{'weights':['0x1p+0','0x1p+0']}}", "weights", "syntax"},
    {"{" GOOD ",'params':{'temperature':2}}", "temperature", "syntax"},
    {"{" GOOD ",'params':{'temperature':2.0}}", "temperature", "syntax"},
    {"{" GOOD ",'params':{'temperature':'2'}}", "temperature", "syntax"},
    {"{" GOOD ",'params':{'temperature':['0x1p+0']}}", "temperature", "syntax"},
    {"{" GOOD ",'params':{'smoothing_rule':'k'}}", "smoothing_rule", "value"},
    {"{" GOOD ",'params':{'smoothing_rule':0}}", "smoothing_rule", "syntax"},
    {"{" GOOD ",'params':{'gamma':'0x1p+1'}}", "gamma", "value"},
    {"{" GOOD ",'params':{'alpha':['0x1p+0','0x1p+0']}}", "alpha", "value"},
    {"{" GOOD ",'params':{'form':'ce'}}", "form", "value"},
    {"{'op':'info_nce','format':'binary64','n':1,'k':1,'sim':['0x1p+0'],'params':{'accumulate':"
     "true}}",
     "accumulate", "value"},
    {"{'op':'softmax_xent_soft','format':'binary64','n':1,'k':1,'logits':['0x1p+0'],'targets':['"
     "0x1p+"
     "0'],'params':{'smoothing_rule':'K-1'}}",
     "smoothing_rule", "value"},
    {"{" GOOD ",'params':{'accumulate':1}}", "accumulate", "syntax"},
    {"{" GOOD ",'params':{'ignore_index':'-100'}}", "ignore_index", "syntax"},
    {"{" GOOD ",'params':{'ignore_index':-100.0}}", "ignore_index", "syntax"},
    {"{" GOOD ",'params':{'ftz':1}}", "ftz", "syntax"},
    {"{" GOOD ",'params':{'bins':'ten'}}", "bins", "syntax"},
    {"{" GOOD ",'params':{'bins':9007199254740993}}", "bins", "value"},
    {"{" GOOD ",'params':{'reduction':'avg'}}", "reduction", "value"},
    {"{" GOOD ",'params':{'reduction':2}}", "reduction", "syntax"},
    {"{" GOOD ",'params':{'reduction':'none','mean_rule':'rows'}}", "mean_rule", "value"},
    {"{'op':'entropy','format':'binary64','n':1,'k':1,'p':['0x1p+0'],'params':{'mean_rule':'n'}}",
     "mean_rule", "value"},
    {"{'op':'entropy','format':'binary64','n':1,'k':1,'p':['0x1p+0'],'params':{'ignore_index':0}}",
     "ignore_index", "value"},
    {"{'op':'softmax','format':'binary64','n':1,'k':2," Z "'upstream':['0x1p+0']}", "upstream",
     "value"},
    {"{'op':'softmax','format':'binary64','n':1,'k':2," Z "'params':{'reduction':'sum'}}",
     "reduction", "value"},
    /* names */
    {"{" GOOD ",'id':7}", "id", "syntax"},
    {"{" GOOD ",'source':null}", "source", "syntax"},
    {"{" GOOD ",'tags':'a'}", "tags", "syntax"},
    {"{" GOOD ",'tags':[1]}", "tags", "syntax"},
    {"{" GOOD ",'tags':['a,b']}", "tags", "value"},
    {"{" GOOD ",'tags':['a','']}", "tags", "value"},
    {"{" GOOD ",'id':'\xff'}", "id", "syntax"},
    {"{" GOOD ",'id':'\\ud800'}", "id", "syntax"},
    {"{" GOOD ",'id':'a\nb'}", "id", "syntax"},
};

static char *quoted(const char *line, size_t *length) {
    *length = strlen(line);
    char *copy = malloc(*length + 1);
    for (size_t i = 0; i <= *length; i++) copy[i] = line[i] == '\'' ? '"' : line[i];
    return copy;
}

static void refuse(const char *line, size_t length, const char *key, const char *want) {
    lp_case c;
    lp_error err = {""};
    const char *status = NULL;
    if (lp_case_parse(&c, line, length, &status, &err)) fail_msg("accepted: %s", line);
    if (!strstr(err.text, key)) fail_msg("%s\n'%s' does not name '%s'", line, err.text, key);
    if (strcmp(status, want)) fail_msg("%s\n'%s' is %s, not %s", line, err.text, status, want);
    if (strpbrk(err.text, "\r\n")) fail_msg("two lines: %s", err.text);
    for (int i = 0; i < LP_IN_COUNT; i++) assert_null(c.in[i]);
    assert_true(!c.label && !c.id && !c.source && !c.tags && c.n == 0 && c.set == 0);
}

static void table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t length;
        char *line = quoted(bad[i].line, &length);
        refuse(line, length, bad[i].key, bad[i].status);
        free(line);
    }
}

/* The line that the table's entries are made from is itself good, so that each entry is refused for
 * what is wrong with it. */
static void good(void **state) {
    (void)state;
    size_t length;
    char *line = quoted("{" GOOD "}", &length);
    lp_case c;
    lp_error err = {""};
    const char *status = NULL;
    assert_true(lp_case_parse(&c, line, length, &status, &err));
    lp_case_clear(&c);
    /* Every proper prefix is refused. */
    for (size_t cut = 0; cut < length; cut++) {
        char *part = malloc(cut + 1);
        memcpy(part, line, cut);
        part[cut] = 0;
        refuse(part, cut, "", "syntax");
        free(part);
    }
    free(line);
}

static void nul(void **state) {
    (void)state;
    size_t length;
    char *line = quoted("{" GOOD ",'id':'xyz'}", &length);
    line[length - 4] = 0; /* within the string */
    refuse(line, length, "id", "syntax");
    free(line);
    line = quoted("{" GOOD "} ", &length);
    line[length - 1] = 0; /* after the object */
    refuse(line, length, "", "syntax");
    free(line);
    refuse("\0", 1, "", "syntax");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(good),
        cmocka_unit_test(nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
