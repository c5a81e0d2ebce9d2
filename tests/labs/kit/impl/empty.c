// Has nothing to be asked.
int nothing_here;
int nothing_here = 1;
