#ifndef LABS_HOST_FILTER_H
#define LABS_HOST_FILTER_H

// Which system calls this process may make from now on; any other ends it with SIGSYS. A filter
// cannot be taken back, and a second one only takes more away.

#include <stdbool.h>

// What the dynamic linker needs: reading files, mapping them.
bool lab_filter_loading(void);
// What computing, allocating and printing need, and talking over the wire.
bool lab_filter_running(void);

#endif
