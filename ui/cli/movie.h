#ifndef UI_CLI_MOVIE_H
#define UI_CLI_MOVIE_H

// A stretch of a run as a moving picture, in real time: frames without compression go to ffmpeg,
// which is a program of its own and may be absent.

#include "ui/cli/cli.h"
#include "ui/view/view.h"

#define UI_MOVIE_FPS 25 // what both kinds can say exactly: 40 ms a frame

struct ui_movie {
    const struct ui_film *film; // kept whole over the stretch
    struct ui_look look;        // its moment is not used
    double scale;
    const char *out;
    sim_time from, to;
};

bool ui_movie_is(const char *file); // its name ends with .gif or .mp4

// Whether ffmpeg can be found; complains when not.
bool ui_movie_can(const char *file);

// Whole or not at all. Shows how far it is, and can be interrupted.
enum ui_status ui_movie_write(const struct ui_movie *m);

#endif
