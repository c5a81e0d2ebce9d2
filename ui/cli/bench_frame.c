#define _DEFAULT_SOURCE // clock_gettime's clock of the thread
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/report/json_write.h"
#include "ui/cli/cli.h"

// convoy bench --frame: what a frame of the window costs, in processor time of the thread that draws
// it. It plays a shipped scenario with everything visible, at 1280x800 and into memory, as the
// window does.

#ifdef CONVOY_PICTURES

#    include "ui/cli/data_dir.h"
#    include "ui/cli/filmed.h"
#    include "ui/paint/paint.h"
#    include "ui/view/view.h"

#    define FRAMES 2000
#    define WIDTH  1280
#    define HEIGHT 800

// Of the shipped scenarios the one whose frames cost most in the median: 20 lanes and 400 dots.
#    define SCENARIO "power-of-two"

struct stage {
    struct ui_filmed run;
    struct ui_list list;
    struct ui_look look;
    struct ui_painter *painter;
    uint32_t *pixels;
    double ms[FRAMES];
};

static double thread_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

// Sixty frames a second of play, from a tenth of the run on.
static bool draw_all(struct stage *s)
{
    for (int i = 0; i < FRAMES; i++) {
        s->look.at = s->run.film.duration / 10 + i * (SIM_S / (sim_time)60);
        double begin = thread_ms();
        ui_list_clear(&s->list);
        ui_view_draw(&s->list, &s->run.film, &s->look);
        if (!ui_painter_draw(s->painter, &s->list, (uint8_t *)s->pixels, WIDTH, HEIGHT,
                             WIDTH * 4, 1))
            return false;
        s->ms[i] = thread_ms() - begin;
    }
    return !s->list.failed;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(struct stage *s, bool json)
{
    qsort(s->ms, FRAMES, sizeof *s->ms, by_size);
    double median = s->ms[FRAMES / 2], p99 = s->ms[FRAMES - FRAMES / 100];
    if (!json) {
        printf(
            "a frame of %s, %dx%d, %d of them: median %.2f ms, p99 %.2f ms of processor time\n",
            SCENARIO, WIDTH, HEIGHT, FRAMES, median, p99);
        return;
    }
    struct sim_json j;
    struct sim_sink sink = ui_stdout();
    sim_json_init(&j, &sink);
    sim_json_open(&j, NULL);
    sim_json_text(&j, "scenario", SCENARIO);
    sim_json_whole(&j, "frames", FRAMES);
    sim_json_number(&j, "median_ms", median);
    sim_json_number(&j, "p99_ms", p99);
    sim_json_close(&j);
}

static bool film(struct stage *s, struct scn_script *script)
{
    char library[1024], file[1200], message[1400];
    if (!ui_data_dir(library, sizeof library))
        library[0] = '\0';
    snprintf(file, sizeof file, "%s/" SCENARIO ".lua", library);
    if (!scn_script_load(script, file, library, message, sizeof message)) {
        ui_complain("%s", message);
        return false;
    }
    scn_job_default(&s->run.job, script);
    ui_filmed_run(&s->run);
    return s->run.result.end == SCN_DONE && !s->run.failed;
}

enum ui_status ui_bench_frame(const struct ui_options *o)
{
    struct scn_script script = { .text = NULL };
    struct stage *s = calloc(1, sizeof *s);
    bool ok = s != NULL;
    if (ok) {
        s->painter = ui_painter_open();
        s->pixels = calloc(WIDTH * HEIGHT, sizeof *s->pixels);
        ui_list_init(&s->list);
        ui_look_default(&s->look);
        ok = s->painter && s->pixels && film(s, &script) && draw_all(s);
        if (ok)
            tell(s, o->json);
        ui_painter_close(s->painter);
        free(s->pixels);
        ui_list_fini(&s->list);
        ui_filmed_close(&s->run);
    }
    free(s);
    scn_script_free(&script);
    return ok ? UI_WELL : UI_NO_VERDICT;
}

#else

enum ui_status ui_bench_frame(const struct ui_options *o)
{
    (void)o;
    ui_complain("bench: this build has no pictures, for Cairo and Pango were not there; "
                "./convoy render sees to them");
    return UI_NO_VERDICT;
}

#endif
