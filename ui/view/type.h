#ifndef UI_VIEW_TYPE_H
#define UI_VIEW_TYPE_H

// How wide text is, without a font at hand: the advances of Inter 4.0 (regular and semi-bold)
// and JetBrains Mono 2.242, which are the faces that pictures are made with. So the same list of
// commands comes out everywhere. Where another face has to do, whoever paints squeezes a
// line into the width that it was given.

#include "ui/view/list.h"

double ui_type_width(enum ui_face face, double size, const char *utf8);
double ui_type_height(double size); // of a line, from top to bottom of its letters

#endif
