#include <stdio.h>
#include <string.h>

#include "ui/cli/cli.h"
#include "ui/file/whole_file.h"

// convoy open FILE: the window that plays a run.

#ifdef CONVOY_WINDOW

#    include "ui/window/window.h"

static enum ui_status play(struct ui_window *w, const struct ui_options *o)
{
    enum ui_status status = UI_WELL;
    ui_window_run(w);
    if (!ui_window_save_evidence(w)) {
        ui_complain("open: %s%s%s cannot be written",
                    o->evidence ? o->evidence
                    : o->sheet  ? ""
                                : "the log of what was done",
                    o->evidence && o->sheet ? " or " : "", o->sheet ? o->sheet : "");
        status = UI_NO_VERDICT;
    }
    if (ui_window_state(w) == UI_WINDOW_FAILED) {
        const struct scn_error *error = ui_window_error(w);
        status = error ? UI_BAD_INPUT : UI_NO_VERDICT;
        if (error)
            ui_complain_error(error);
        else
            ui_complain("the run ended early: %s", ui_window_reason(w));
    }
    ui_window_close(w);
    return status;
}

// A script that is wrong, or a moment that the run does not have, is told before a window opens.
static bool is_sound(const struct ui_options *o, const struct scn_job *job)
{
    struct scn_error error;
    struct scn_scenario *scenario = scn_build(job, &error);
    if (!scenario) {
        ui_complain_error(&error);
        return false;
    }
    double end = (double)sim_model_about(scn_scenario_model(scenario))->duration / SIM_S;
    scn_scenario_close(scenario);
    if (o->at_s <= end)
        return true;
    ui_complain("open: --at %.9g: expected a moment of the run, 0 to %.9g s", o->at_s, end);
    return false;
}

// Files for whoever leads, where any are asked for.
static bool can_be_kept(const struct ui_options *o)
{
    bool is_one = o->evidence && o->sheet && strcmp(o->evidence, o->sheet) == 0;
    if (is_one)
        ui_complain("open: --sheet %s: expected another file than that of --evidence",
                    o->sheet);
    return !is_one && (!o->evidence || ui_has_folder("open", "--evidence", o->evidence)) &&
           (!o->sheet || ui_has_folder("open", "--sheet", o->sheet));
}

enum ui_status ui_open(const struct ui_options *o)
{
    struct scn_script script;
    struct ui_window_def def;
    struct scn_job job;
    char message[300];
    enum ui_status status = UI_BAD_INPUT;
    if (!ui_theme_of(o->theme)) {
        ui_complain("open: --theme %s: expected dark or light", o->theme);
        return UI_BAD_INPUT;
    }
    if (!can_be_kept(o))
        return UI_BAD_INPUT;
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    ui_window_default(&def, &script);
    ui_job(o, &script, &job);
    job.watch = NULL;
    def.job = job;
    def.width = (int)o->width;
    def.height = (int)o->height;
    def.theme = ui_theme_of(o->theme);
    def.is_blind = o->blind;
    def.evidence = o->evidence;
    def.sheet = o->sheet;
    def.at = o->at_s < 0 ? -1 : (sim_time)(o->at_s * SIM_S + 0.5);
    if (is_sound(o, &job)) {
        struct ui_window *w = ui_window_open(&def, message, sizeof message);
        if (w)
            status = play(w, o);
        else
            ui_complain("%s", message);
        status = w ? status : UI_NO_VERDICT;
    }
    scn_script_free(&script);
    return status;
}

#else

enum ui_status ui_open(const struct ui_options *o)
{
    (void)o;
    ui_complain("open: this build has no window, for SDL, Cairo or Pango were not there; "
                "./convoy open sees to them");
    return UI_NO_VERDICT;
}

#endif
