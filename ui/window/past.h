#ifndef UI_WINDOW_PAST_H
#define UI_WINDOW_PAST_H

// Moments that a run does not keep on film any more. Another run of the same begins at the start and
// goes on to what is seen, on a thread of its own; as what is seen moves on, so does it. Going
// back further than it keeps makes it begin again. That it is the same run the digests of
// their seconds show.

#include "ui/window/engine.h"

// Says which moment is seen, so that it is fetched where that is needed. Without any lock held.
void ui_past_see(struct ui_engine *e, sim_time at);

// What both films together may hold from now on, and what they hold or may come to hold. Without any
// lock held.
void ui_past_limit(struct ui_engine *e, uint64_t bytes);
uint64_t ui_past_bytes(struct ui_engine *e);

// The engine is locked together with who fetches for it.
void ui_past_lock(struct ui_engine *e);
void ui_past_unlock(struct ui_engine *e);

// The film that shows the moment, or does not yet; locked as above, and valid for as long.
const struct ui_film *ui_past_film(struct ui_engine *e, sim_time at);

#endif
