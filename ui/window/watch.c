#include "ui/window/watch.h"

#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

void ui_watch_open(struct ui_watch *w, const struct scn_script *script)
{
    const char *slash = strrchr(script->file, '/');
    snprintf(w->name, sizeof w->name, "%.255s", slash ? slash + 1 : script->file);
    w->fd = script->folder[0] ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1;
    if (w->fd < 0)
        return;
    if (inotify_add_watch(w->fd, script->folder, IN_CLOSE_WRITE | IN_MOVED_TO) < 0)
        ui_watch_close(w);
}

void ui_watch_close(struct ui_watch *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

static bool concerns(const struct ui_watch *w, const struct inotify_event *e,
                     const char *text)
{
    if (e->mask & IN_Q_OVERFLOW)
        return true; // it may have been among what was not told
    return e->len > 0 && (strcmp(e->name, w->name) == 0 || strstr(text, e->name));
}

bool ui_watch_saved(struct ui_watch *w, const char *text)
{
    alignas(
        struct inotify_event) char room[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
    bool saved = false;
    ssize_t n;
    while (w->fd >= 0 && (n = read(w->fd, room, sizeof room)) > 0) {
        const struct inotify_event *e;
        for (const char *at = room; at < room + n; at += sizeof *e + e->len) {
            e = (const struct inotify_event *)at;
            saved |= concerns(w, e, text);
        }
    }
    return saved;
}
