#ifndef T_ABI_LAYOUT_H
#define T_ABI_LAYOUT_H

typedef struct layout_row {
    const char *name;
    long long value;
} layout_row;

typedef struct layout_size {
    unsigned long call, entry, subject;
} layout_size;

extern const layout_row layout_first[], layout_today[];
extern const layout_size layout_first_size, layout_today_size;

#endif
