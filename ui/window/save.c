#include <inttypes.h>
#include <stdio.h>

#include "ui/file/whole_file.h"
#include "ui/window/inner.h"

// The moment that is seen, as a file.

static bool put(void *ctx, const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, ctx) == n;
}

static bool write_png(struct ui_window *w, const struct ui_list *list, const char *path)
{
    struct ui_whole_file file;
    if (!ui_whole_file_open(&file, path))
        return false;
    struct ui_sheet sheet = { w->look.width, w->look.height, 2, UI_PNG, put, file.f };
    return ui_whole_file_close(&file, ui_painter_write(w->painter, list, &sheet));
}

// The moment as it would be rendered: without buttons and notes.
void ui_save_moment(struct ui_window *w)
{
    char name[128], file[180];
    struct ui_list list;
    struct ui_look look;
    ui_futures_lock(w);
    if (!w->engine->has_film) {
        ui_futures_unlock(w);
        return;
    }
    // Not as it was drawn last: what is shown there may have gone since.
    ui_window_take_look(w);
    look = w->look;
    look.has_transport = look.shows_keys = look.has_pointer = false;
    look.echo = NULL;
    look.focus = UI_WHOLE;
    look.arm = NULL;
    look.note = look.saved = "";
    ui_list_init(&list);
    ui_view_draw(&list, ui_futures_film(w), &look);
    // A file's name is seen when it is sent.
    snprintf(name, sizeof name, "%s",
             look.blind == UI_BLIND_NOT ? w->engine->film.scenario : "blind");
    ui_futures_unlock(w);
    for (char *c = name; *c; c++)
        if (!SDL_isalnum((unsigned char)*c))
            *c = '-';
    snprintf(file, sizeof file, "%s-%" PRId64 "ms.png", name, look.at / SIM_MS);
    if (!list.failed && write_png(w, &list, file))
        snprintf(w->note, sizeof w->note, "saved %s", file);
    else
        snprintf(w->note, sizeof w->note, "%s cannot be written", file);
    if (look.blind != UI_BLIND_NOT) // by a name that tells nothing
        snprintf(w->saved, sizeof w->saved, "%s", w->note);
    ui_witness_text(w, w->note);
    ui_list_fini(&list);
}
