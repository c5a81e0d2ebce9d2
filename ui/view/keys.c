#include "ui/view/draw.h"

// What each key does, on a sheet in place of the panels. Only keys that do something are on it.

static const struct {
    const char *key, *does;
} keys[] = {
    {"Space",            "play, pause"                                            },
    { ".  ,",            "the next event, the one before"                         },
    { ">  <",            "100 ms on, 100 ms back"                                 },
    { "Right  Left",     "1 s on, 1 s back; with Shift 10 s"                      },
    { "Home  End",       "the start, as far as it is computed"                    },
    { "+  -",            "faster, slower: 64x to 1/64x"                           },
    { "1 to 9",          "look into the first service, the second, ..."           },
    { "Tab",             "the next panel; with Shift the one before"              },
    { "Enter",           "that panel alone; so does a double click"               },
    { "Esc",             "back"                                                   },
    { "f",               "make a fault ready: what, where, how much, for how long"},
    { "s e k t z o d l", "one that is slow, fails, crashes, restarts, ..."        },
    { "v",               "turn a knob of the script: which, and to what"          },
    { "u",               "take the last fault back"                               },
    { "w",               "what the slowest request of the moment went through"    },
    { "W",               "the request of the last call or answer"                 },
    { "c",               "the other future in place of this one"                  },
    { "x",               "save this moment as a PNG, in the current folder"       },
    { "r",               "from the start, as it was opened, without faults"       },
    { "R",               "the same on the next seed"                              },
    { "Ctrl +  Ctrl -",  "larger, smaller"                                        },
    { "?",               "this sheet"                                             },
    { "q",               "close"                                                  },
};

void ui_draw_keys(struct ui_draw *d, struct ui_rect at)
{
    const uint32_t n = sizeof keys / sizeof *keys;
    struct ui_rect in = ui_draw_frame(d, at, "Keys", "Esc leads back");
    double pitch = in.h / n < 40 ? in.h / n : 40;
    struct ui_style what = ui_label(d);
    what.size = UI_TYPE_VALUE - 1;
    what.colour = d->theme->text;
    for (uint32_t i = 0; i < n; i++) {
        struct ui_rect key = { in.x + 8, in.y + i * pitch, 190, pitch };
        struct ui_rect does = { in.x + 210, key.y, in.w - 214, pitch };
        ui_add_text(d->list, "key", i, key, ui_figure(d, UI_TYPE_VALUE - 1), keys[i].key);
        ui_add_text(d->list, "does", i, does, what, keys[i].does);
    }
}
