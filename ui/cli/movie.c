#define _DEFAULT_SOURCE // strtok_r and environ with -std=c11
#include "ui/cli/movie.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/paint/paint.h"

extern char **environ;

#define ENCODER "ffmpeg"

struct kind {
    const char *ending, *format, *filter;
};

// A picture of a run has a handful of colours: a palette for each frame holds them, and needs no
// look at the frames to come. Most players want even sides of an MP4, and this order of colours.
static const struct kind kinds[] = {
    { ".gif", "gif",
      "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1:dither=none" },
    { ".mp4", "mp4", "pad=ceil(iw/2)*2:ceil(ih/2)*2,format=yuv420p" },
};

static const struct kind *kind_of(const char *file)
{
    const char *dot = strrchr(file, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(dot, kinds[i].ending) == 0)
            return &kinds[i];
    return NULL;
}

bool ui_movie_is(const char *file)
{
    return kind_of(file) != NULL;
}

bool ui_movie_can(const char *file)
{
    char place[4096], *rest = NULL;
    char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
    bool found = false;
    for (char *folder = path ? strtok_r(path, ":", &rest) : NULL; folder && !found;
         folder = strtok_r(NULL, ":", &rest)) {
        snprintf(place, sizeof place, "%s/" ENCODER, folder);
        found = access(place, X_OK) == 0;
    }
    free(path);
    if (!found)
        ui_complain("render: -o %s: moving pictures are made by " ENCODER
                    ", which is not here (on Debian: apt-get install " ENCODER ")",
                    file);
    return found;
}

// ---- The encoder ----

struct encoder {
    pid_t pid;
    int to;          // its standard input
    char part[1200]; // what it writes
};

static bool spawn(struct encoder *e, const struct kind *kind, const char *size, int from)
{
    char fps[16], place[1300];
    sigset_t pipe_signal;
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t actions;
    snprintf(fps, sizeof fps, "%d", UI_MOVIE_FPS);
    // A name with a colon would be the address of a protocol.
    snprintf(place, sizeof place, "file:%s", e->part);
    // A pixel is 0xXXRRGGBB as the machine orders bytes.
    const uint32_t one = 1;
    const char *pixels = *(const unsigned char *)&one ? "bgr0" : "0rgb";
    const char *argv[] = { ENCODER, "-v",         "error",    "-nostdin",   "-y",
                           "-f",    "rawvideo",   "-pix_fmt", pixels,       "-s",
                           size,    "-r",         fps,        "-i",         "pipe:0",
                           "-vf",   kind->filter, "-f",       kind->format, place,
                           NULL };
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigdefault(&attr, &pipe_signal);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
    bool ok = posix_spawnp(&e->pid, ENCODER, &actions, &attr, (char **)argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    return ok;
}

static bool encoder_open(struct encoder *e, const struct ui_movie *m, int width, int height)
{
    int ends[2];
    char size[32];
    int n = snprintf(e->part, sizeof e->part, "%s.part-%ld", m->out, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof e->part || pipe(ends) != 0)
        return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    snprintf(size, sizeof size, "%dx%d", width, height);
    bool ok = spawn(e, kind_of(m->out), size, ends[0]);
    close(ends[0]);
    if (!ok)
        close(ends[1]);
    e->to = ends[1];
    return ok;
}

static bool encoder_take(const struct encoder *e, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(e->to, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        n -= (size_t)written;
    }
    return true;
}

// Waits for it, and puts what it wrote in its place when all went well.
static bool encoder_close(struct encoder *e, const char *out, bool well)
{
    int status = 0;
    close(e->to);
    while (waitpid(e->pid, &status, 0) < 0 && errno == EINTR)
        ;
    well = well && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (well && rename(e->part, out) == 0)
        return true;
    remove(e->part);
    return false;
}

// ---- Frames ----

struct canvas {
    struct ui_painter *painter;
    uint8_t *pixels;
    int width, height;
};

static bool draw(const struct ui_movie *m, const struct canvas *c, sim_time at)
{
    struct ui_list list;
    struct ui_look look = m->look;
    look.at = at;
    ui_list_init(&list);
    ui_view_draw(&list, m->film, &look);
    bool ok = !list.failed && ui_painter_draw(c->painter, &list, c->pixels, c->width,
                                              c->height, 4 * c->width, m->scale);
    ui_list_fini(&list);
    return ok;
}

static bool take_all(const struct ui_movie *m, const struct canvas *c,
                     const struct encoder *e)
{
    size_t bytes = 4 * (size_t)c->width * (size_t)c->height;
    for (int64_t i = 0;; i++) {
        sim_time at = m->from + i * (sim_time)(SIM_S / UI_MOVIE_FPS);
        if (at > m->to)
            return true;
        if (!ui_watch(NULL, at - m->from, m->to - m->from) || !draw(m, c, at) ||
            !encoder_take(e, c->pixels, bytes))
            return false;
    }
}

static bool canvas_open(struct canvas *c, const struct ui_movie *m)
{
    c->width = (int)lround(m->look.width * m->scale);
    c->height = (int)lround(m->look.height * m->scale);
    c->painter = ui_painter_open();
    c->pixels = calloc((size_t)c->width * (size_t)c->height, 4);
    return c->painter && c->pixels;
}

static void canvas_close(struct canvas *c)
{
    ui_painter_close(c->painter);
    free(c->pixels);
}

enum ui_status ui_movie_write(const struct ui_movie *m)
{
    struct canvas c;
    struct encoder e;
    enum ui_status status = UI_WELL;
    // An encoder that ends early is told by its status, not by a signal to us.
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    ui_watch_signals();
    if (!canvas_open(&c, m)) {
        ui_complain("this machine has no memory for the picture");
        status = UI_NO_VERDICT;
    } else if (!encoder_open(&e, m, c.width, c.height)) {
        ui_complain(ENCODER " cannot be started: %s", strerror(errno));
        status = UI_NO_VERDICT;
    } else if (!encoder_close(&e, m->out, take_all(m, &c, &e))) {
        status = ui_is_interrupted() ? UI_INTERRUPTED : UI_BAD_INPUT;
        if (status == UI_BAD_INPUT)
            ui_complain("the moving picture cannot be written to %s", m->out);
    }
    ui_watch_done();
    signal(SIGPIPE, before);
    canvas_close(&c);
    return status;
}
