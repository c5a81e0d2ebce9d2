#ifndef SIM_REPORT_TEXT_PARTS_H
#define SIM_REPORT_TEXT_PARTS_H

// The pieces of text.c, each in a file of its own. Private to the report.

#include "sim/report/page.h"
#include "sim/report/report.h"

// Each ends with a blank line when it wrote anything.
void sim_text_head(struct sim_page *p, const struct sim_report *r);
void sim_text_timeline(struct sim_page *p, const struct sim_report *r);
void sim_text_services(struct sim_page *p, const struct sim_report *r);
void sim_text_clients(struct sim_page *p, const struct sim_report *r);
void sim_text_calls(struct sim_page *p, const struct sim_report *r);
void sim_text_effects(struct sim_page *p, const struct sim_report *r);
void sim_text_caches(struct sim_page *p, const struct sim_report *r);
void sim_text_accounts(struct sim_page *p, const struct sim_report *r);
void sim_text_bulkheads(struct sim_page *p, const struct sim_report *r);
void sim_text_orders(struct sim_page *p, const struct sim_report *r);
void sim_text_verdicts(struct sim_page *p, const struct sim_report *r);
void sim_text_story(struct sim_page *p, const struct sim_report *r);
void sim_text_foot(struct sim_page *p, const struct sim_report *r);

// Paragraphs are not set wider than this, for nobody reads lines of 200 characters.
#define SIM_TEXT_MEASURE 100u

#endif
