#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cli/cli.h"

// convoy render FILE --at T -o PICTURE: a moment of a run as PNG, SVG or PDF; and with --from and
// --to in its place a stretch of it as GIF or MP4.

#ifdef CONVOY_PICTURES

#    include "ui/cli/filmed.h"
#    include "ui/cli/movie.h"
#    include "ui/file/whole_file.h"
#    include "ui/paint/paint.h"
#    include "ui/view/view.h"

struct shot {
    const struct ui_options *o;
    struct ui_filmed run;
    struct ui_look look;
    sim_time from, to; // the same for a picture that does not move
};

// ---- The file ----

static bool put(void *ctx, const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, ctx) == n;
}

static bool paint(const struct shot *s, const struct ui_list *list, FILE *f)
{
    struct ui_painter *painter = ui_painter_open();
    struct ui_sheet sheet = { .width = s->look.width,
                              .height = s->look.height,
                              .scale = s->o->scale,
                              .format = ui_format_of(s->o->out),
                              .put = put,
                              .ctx = f };
    bool ok = painter && ui_painter_write(painter, list, &sheet);
    ui_painter_close(painter);
    return ok;
}

static bool write_picture(const struct shot *s, const struct ui_list *list)
{
    struct ui_whole_file w;
    return ui_whole_file_open(&w, s->o->out) &&
           ui_whole_file_close(&w, paint(s, list, w.f));
}

static enum ui_status draw(const struct shot *s)
{
    struct ui_list list;
    enum ui_status status = UI_WELL;
    ui_list_init(&list);
    ui_view_draw(&list, &s->run.film, &s->look);
    if (list.failed) {
        ui_complain("this machine has no memory for the picture");
        status = UI_NO_VERDICT;
    } else if (!write_picture(s, &list)) {
        ui_complain("the picture cannot be written to %s", s->o->out);
        status = UI_BAD_INPUT;
    }
    ui_list_fini(&list);
    return status;
}

static enum ui_status draw_all(const struct shot *s)
{
    struct ui_movie m = { .film = &s->run.film,
                          .look = s->look,
                          .scale = s->o->scale,
                          .out = s->o->out,
                          .from = s->from,
                          .to = s->to };
    return ui_movie_write(&m);
}

// ---- The run ----

static enum ui_status judge_and_draw(struct shot *s)
{
    struct scn_error error;
    if (!ui_filmed_judge(&s->run, &error)) {
        ui_complain_error(&error);
        return UI_BAD_INPUT;
    }
    if (!s->run.failed)
        return ui_movie_is(s->o->out) ? draw_all(s) : draw(s);
    ui_complain("this machine has no memory for the film of the run");
    return UI_NO_VERDICT;
}

// A moment that the run does not have is refused before the run is made. Without --to a moving
// picture goes on to the end.
static bool is_within(struct shot *s)
{
    struct scn_error error;
    struct scn_scenario *scenario = scn_build(&s->run.job, &error);
    if (!scenario) {
        ui_complain_error(&error);
        return false;
    }
    sim_time end = sim_model_about(scn_scenario_model(scenario))->duration;
    scn_scenario_close(scenario);
    if (s->to == SIM_NEVER)
        s->to = end;
    if (s->to <= end && s->from <= s->to)
        return true;
    if (s->from > s->to)
        ui_complain("render: nothing lies between %.9g s and %.9g s",
                    (double)s->from / SIM_S, (double)s->to / SIM_S);
    else
        ui_complain("render: --%s %.9g: expected a moment of the run, 0 to %.9g s",
                    s->o->at_s >= 0 ? "at" : "to", (double)s->to / SIM_S,
                    (double)end / SIM_S);
    return false;
}

static enum ui_status shoot(struct shot *s)
{
    if (!is_within(s))
        return UI_BAD_INPUT;
    ui_watch_signals();
    ui_filmed_run(&s->run);
    ui_watch_done();
    if (s->run.result.end == SCN_BAD_SCRIPT) {
        ui_complain_error(&s->run.result.error);
        return UI_BAD_INPUT;
    }
    if (s->run.result.end == SCN_INTERRUPTED)
        return UI_INTERRUPTED;
    if (!s->run.result.run) {
        ui_complain("this machine has no memory for the run");
        return UI_NO_VERDICT;
    }
    if (s->to > sim_run_now(s->run.result.run)) {
        ui_complain("the run was stopped at %.6g s, before the moment to draw: %s",
                    (double)sim_run_now(s->run.result.run) / SIM_S,
                    sim_run_reason(s->run.result.run));
        return UI_NO_VERDICT;
    }
    return judge_and_draw(s);
}

// ---- The command line ----

static sim_time moment(double seconds)
{
    return (sim_time)(seconds * SIM_S + 0.5);
}

// A picture is of a moment, a moving one of a stretch.
static bool has_time(const struct ui_options *o)
{
    bool has_stretch = o->from_s >= 0 || o->to_s >= 0;
    if (ui_movie_is(o->out) && o->at_s >= 0)
        ui_complain("render: -o %s moves: expected --from 20 --to 30 in place of --at",
                    o->out);
    else if (!ui_movie_is(o->out) && has_stretch)
        ui_complain("render: -o %s: expected a name that ends with .gif or .mp4 with "
                    "--from and --to",
                    o->out);
    else if (!ui_movie_is(o->out) && o->at_s < 0)
        ui_complain("render: which moment? --at 12.5");
    else
        return true;
    return false;
}

static bool is_sound(const struct ui_options *o)
{
    const char *const *names = ui_panel_names();
    double longest = (o->width > o->height ? o->width : o->height) * o->scale;
    if (!o->out)
        ui_complain("render: where to? -o PICTURE.png, .svg or .pdf, or .gif or .mp4");
    else if (ui_format_of(o->out) == UI_FORMATS && !ui_movie_is(o->out))
        ui_complain("render: -o %s: expected a name that ends with .png, .svg or .pdf, "
                    "or .gif or .mp4",
                    o->out);
    else if (longest > UI_PAINT_MAX)
        ui_complain("render: a side of %.0f pixels: expected at most %d", longest,
                    UI_PAINT_MAX);
    else if (o->panel && ui_panel_of(o->panel) == UI_PANELS)
        ui_complain_unknown("panel", o->panel, names);
    else if (!ui_theme_of(o->theme))
        ui_complain("render: --theme %s: expected dark or light", o->theme);
    else
        return has_time(o);
    return false;
}

static void aim(struct shot *s)
{
    const struct ui_options *o = s->o;
    bool moves = ui_movie_is(o->out);
    s->from = moment(!moves ? o->at_s : o->from_s >= 0 ? o->from_s : 0);
    s->to = !moves ? s->from : o->to_s >= 0 ? moment(o->to_s) : SIM_NEVER;
    ui_look_default(&s->look);
    s->look.at = s->from;
    s->look.width = o->width;
    s->look.height = o->height;
    s->look.theme = ui_theme_of(o->theme);
    s->look.panel = o->panel ? ui_panel_of(o->panel) : UI_WHOLE;
    s->run.keep_from = s->from - UI_LOOKS_BACK;
}

enum ui_status ui_render(const struct ui_options *o)
{
    struct scn_script script;
    struct shot s = { .o = o };
    if (!is_sound(o) || !ui_has_folder("render", "-o", o->out))
        return UI_BAD_INPUT;
    if (ui_movie_is(o->out) && !ui_movie_can(o->out))
        return UI_NO_VERDICT;
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    ui_job(o, &script, &s.run.job);
    aim(&s);
    enum ui_status status = shoot(&s);
    ui_filmed_close(&s.run);
    scn_script_free(&script);
    return status;
}

#else

enum ui_status ui_render(const struct ui_options *o)
{
    (void)o;
    ui_complain("render: this build has no pictures, for Cairo and Pango were not there; "
                "./convoy render sees to them");
    return UI_NO_VERDICT;
}

#endif
