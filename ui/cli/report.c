#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cli/cli.h"

// convoy report FILE -o PAGE.html: a run as one page. The run is made twice, for it is the same
// run: once profiled, which tells the moment that is worth a picture, and once filmed.

#ifdef CONVOY_PICTURES

#    include "sim/report/html.h"
#    include "sim/report/number.h"
#    include "sim/report/story.h"
#    include "ui/cli/filmed.h"
#    include "ui/cli/profiled.h"
#    include "ui/file/whole_file.h"
#    include "ui/paint/paint.h"
#    include "ui/view/view.h"

#    define PICTURES 2

struct picture {
    char caption[200];
    unsigned char *bytes;
    size_t size, room;
};

struct reporting {
    const struct ui_options *o;
    struct scn_script script;
    struct scn_job job;
    struct scn_result result;
    struct scn_judged judged;
    struct ui_profiled profiled;
    struct sim_report of;
    struct picture pictures[PICTURES];
};

// ---- Pictures ----

static bool keep(void *ctx, const void *bytes, size_t n)
{
    struct picture *p = ctx;
    if (p->size + n > p->room) {
        size_t room = 2 * (p->size + n);
        unsigned char *grown = realloc(p->bytes, room);
        if (!grown)
            return false;
        p->bytes = grown;
        p->room = room;
    }
    memcpy(p->bytes + p->size, bytes, n);
    p->size += n;
    return true;
}

static bool paint(struct picture *p, struct ui_painter *painter, const struct ui_film *film,
                  const struct ui_look *look)
{
    struct ui_list list;
    struct ui_sheet sheet = { .width = look->width,
                              .height = look->height,
                              .scale = 1,
                              .format = UI_SVG,
                              .put = keep,
                              .ctx = p };
    ui_list_init(&list);
    ui_view_draw(&list, film, look);
    bool ok = !list.failed && ui_painter_write(painter, &list, &sheet);
    ui_list_fini(&list);
    return ok;
}

// The middle of what went wrong, or of the fault; the end where nothing did.
static sim_time moment_of(const struct sim_report *r)
{
    struct sim_story story;
    sim_time end = sim_run_now(r->run);
    sim_story_read(&story, r);
    double s = story.fell                ? (story.fell_at + story.back_at) / 2
               : story.fault != SIM_NONE ? (story.fault_from + story.fault_to) / 2
                                         : (double)end / SIM_S;
    sim_time at = (sim_time)(s * SIM_S);
    return at < 0 || at > end ? end : at;
}

static bool paint_both(struct reporting *g, const struct ui_film *film, sim_time at)
{
    char when[SIM_NUMBER_ROOM];
    struct ui_look look;
    struct ui_painter *painter = ui_painter_open();
    ui_look_default(&look);
    look.theme = ui_theme_of("light");
    look.at = at;
    sim_number_duration(when, (double)at / SIM_S);
    snprintf(g->pictures[0].caption, sizeof g->pictures->caption,
             "The whole system at %s: who calls whom, threads, and charts up to then",
             when);
    bool ok = painter && paint(&g->pictures[0], painter, film, &look);
    look.at = sim_run_now(g->result.run);
    look.panel = ui_panel_of("charts");
    look.height = UI_VIEW_MIN_HEIGHT;
    snprintf(g->pictures[1].caption, sizeof g->pictures->caption,
             "The run from its beginning to its end");
    ok = ok && paint(&g->pictures[1], painter, film, &look);
    ui_painter_close(painter);
    return ok;
}

// The same run again, to be looked at.
static enum ui_status draw(struct reporting *g)
{
    struct scn_error error;
    enum ui_status status = UI_WELL;
    struct ui_filmed filmed = { .job = g->job };
    ui_filmed_run(&filmed);
    if (filmed.result.end == SCN_INTERRUPTED) {
        status = UI_INTERRUPTED;
    } else if (filmed.failed || !filmed.result.run) {
        ui_complain("this machine has no memory for the film of the run");
        status = UI_NO_VERDICT;
    } else if (sim_run_digest(filmed.result.run) != sim_run_digest(g->result.run)) {
        ui_complain("the run was not the same twice: this is an error of convoy's own");
        status = UI_OUR_ERROR;
    } else if (!ui_filmed_judge(&filmed, &error)) {
        ui_complain_error(&error);
        status = UI_BAD_INPUT;
    } else if (!paint_both(g, &filmed.film, moment_of(&g->of))) {
        ui_complain("this machine has no memory for the pictures");
        status = UI_NO_VERDICT;
    }
    ui_filmed_close(&filmed);
    return status;
}

// ---- The page ----

struct command {
    char text[16384];
    size_t n;
};

static void add(struct command *c, const char *text)
{
    size_t room = sizeof c->text - c->n;
    int n = snprintf(c->text + c->n, room, "%s", text);
    c->n += n > 0 && (size_t)n < room ? (size_t)n : room - 1;
}

// As a shell takes it for one word, whatever is in it.
static void add_quoted(struct command *c, const char *text)
{
    add(c, "'");
    for (const char *end; (end = strchr(text, '\'')); text = end + 1) {
        char piece[1200];
        snprintf(piece, sizeof piece, "%.*s", (int)(end - text), text);
        add(c, piece);
        add(c, "'\\''");
    }
    add(c, text);
    add(c, "'");
}

// What makes the same run.
static void write_command(const struct reporting *g, struct command *c)
{
    const struct ui_options *o = g->o;
    char word[256];
    add(c, "convoy run ");
    add_quoted(c, g->script.file);
    if (o->variant && o->variant[0]) {
        add(c, " --variant ");
        add_quoted(c, o->variant);
    }
    for (uint32_t i = 0; i < o->setting_count; i++) {
        snprintf(word, sizeof word, "%s=%s", o->settings[i].knob, o->settings[i].value);
        add(c, " --set ");
        add_quoted(c, word);
    }
    snprintf(word, sizeof word, " --seed %llu", (unsigned long long)o->seed);
    add(c, word);
}

static bool write_page(const struct reporting *g)
{
    struct command command = { .n = 0 };
    struct ui_whole_file w;
    struct sim_html_picture pictures[PICTURES];
    struct sim_profile_report profile = ui_profiled_report(&g->profiled, &g->of);
    for (uint32_t i = 0; i < PICTURES; i++)
        pictures[i] =
            (struct sim_html_picture){ g->pictures[i].caption, "image/svg+xml",
                                       g->pictures[i].bytes, g->pictures[i].size };
    write_command(g, &command);
    struct sim_html h = { .of = &g->of,
                          .pictures = pictures,
                          .picture_count = PICTURES,
                          .profile = &profile,
                          .script = g->script.text,
                          .command = command.text };
    if (!ui_whole_file_open(&w, g->o->out))
        return false;
    struct sim_sink sink = ui_whole_file_sink(&w);
    sim_report_html(&h, &sink);
    return ui_whole_file_close(&w, true);
}

// ---- The run ----

static void describe(struct reporting *g)
{
    const struct scn_result *r = &g->result;
    const char *about = scn_scenario_about(r->scenario);
    g->of = (struct sim_report){
        .run = r->run,
        .scenario = scn_scenario_name(r->scenario),
        .about = about[0] ? about : NULL,
        .file = g->script.file,
        .variant = g->o->variant,
        .seed = g->o->seed,
        .version = UI_VERSION,
        .state = r->state,
        .verdicts = g->judged.verdicts,
        .verdict_count = g->judged.count,
    };
    g->of.faults = scn_scenario_faults(r->scenario, &g->of.fault_count);
}

static enum ui_status tell(struct reporting *g)
{
    if (!sim_run_books(g->result.run).balanced) {
        ui_complain("the run's books do not balance: this is an error of convoy's own");
        return UI_OUR_ERROR;
    }
    scn_judge(&g->job, &g->result, &g->judged);
    if (g->judged.has_error) {
        ui_complain_error(&g->judged.error);
        return UI_BAD_INPUT;
    }
    describe(g);
    enum ui_status status = draw(g);
    if (status != UI_WELL)
        return status;
    if (write_page(g))
        return ui_status_of(&g->result, &g->judged);
    ui_complain("the report cannot be written to %s", g->o->out);
    return UI_BAD_INPUT;
}

static enum ui_status make(struct reporting *g)
{
    struct scn_job profiled = g->job;
    ui_profiled_watch(&g->profiled, &profiled);
    scn_run(&profiled, &g->result);
    if (g->result.scenario)
        fputs(scn_scenario_printed(g->result.scenario), stderr);
    if (g->result.end == SCN_BAD_SCRIPT) {
        ui_complain_error(&g->result.error);
        return UI_BAD_INPUT;
    }
    if (g->result.end == SCN_INTERRUPTED)
        return UI_INTERRUPTED;
    if (!g->result.run || !g->profiled.profile) {
        ui_complain("this machine has no memory for the run");
        return UI_NO_VERDICT;
    }
    return tell(g);
}

static bool is_sound(const struct ui_options *o)
{
    const char *dot = o->out ? strrchr(o->out, '.') : NULL;
    if (!o->out)
        ui_complain("report: where to? -o PAGE.html");
    else if (!dot || (strcmp(dot, ".html") != 0 && strcmp(dot, ".htm") != 0))
        ui_complain("report: -o %s: expected a name that ends with .html", o->out);
    else
        return ui_has_folder("report", "-o", o->out);
    return false;
}

enum ui_status ui_report(const struct ui_options *o)
{
    struct reporting g = { .o = o, .profiled = { .from_s = -1, .to_s = -1 } };
    if (!is_sound(o) || !ui_load(o, &g.script))
        return UI_BAD_INPUT;
    ui_job(o, &g.script, &g.job);
    ui_watch_signals();
    enum ui_status status = make(&g);
    ui_watch_done();
    for (uint32_t i = 0; i < PICTURES; i++)
        free(g.pictures[i].bytes);
    scn_judged_free(&g.judged);
    ui_profiled_close(&g.profiled);
    scn_result_close(&g.result);
    scn_script_free(&g.script);
    return status;
}

#else

enum ui_status ui_report(const struct ui_options *o)
{
    (void)o;
    ui_complain("report: this build has no pictures, for Cairo and Pango were not there; "
                "./convoy report sees to them");
    return UI_NO_VERDICT;
}

#endif
