#ifndef SCN_HOST_UNITS_H
#define SCN_HOST_UNITS_H

// The units of the language: plain factors to seconds and bytes (powers of 1000). They are words
// of scripts and may stand behind the numbers of settings.

struct scn_unit {
    const char *name; // NULL after the last
    double factor;
};

extern const struct scn_unit scn_units[];

#endif
