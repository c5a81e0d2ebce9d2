#include "ui/file/whole_file.h"

#include <errno.h>
#include <unistd.h>

bool ui_whole_file_open(struct ui_whole_file *w, const char *path)
{
    int n = snprintf(w->part, sizeof w->part, "%s.part-%ld", path, (long)getpid());
    w->path = path;
    w->f = NULL;
    if (n < 0 || (size_t)n >= sizeof w->part)
        errno = ENAMETOOLONG;
    else
        w->f = fopen(w->part, "wb");
    return w->f != NULL;
}

static void put(void *ctx, const char *bytes, size_t n)
{
    fwrite(bytes, 1, n, ctx);
}

struct sim_sink ui_whole_file_sink(struct ui_whole_file *w)
{
    return (struct sim_sink){ put, w->f };
}

bool ui_whole_file_close(struct ui_whole_file *w, bool well)
{
    well = fflush(w->f) == 0 && !ferror(w->f) && well;
    well = fclose(w->f) == 0 && well;
    if (well && rename(w->part, w->path) == 0)
        return true;
    remove(w->part);
    return false;
}
