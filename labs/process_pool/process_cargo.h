#ifndef LABS_PROCESS_POOL_PROCESS_CARGO_H
#define LABS_PROCESS_POOL_PROCESS_CARGO_H

// Private to the pool: bytes on their way between processes. Messages are short and whole; bytes
// are many, and whoever moves them may die in the middle. In a pipe that all share that would leave
// half a message to the next. So those of each message have a pipe of their own, whose reading end
// travels in the message (SCM_RIGHTS): a death ends that pipe and nothing else.
// DOC(process-cargo)

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LAB_PROCESS_NO_CARGO (-1)

// A message in one piece, and a descriptor with it unless that is NO_CARGO. Neither raises SIGPIPE.
bool lab_process_send(int socket, const void *message, size_t size, int cargo);

// True when a whole message came. *cargo is the caller's to close.
bool lab_process_receive(int socket, void *message, size_t size, int flags, int *cargo);

// All of them, however often the pipe is full or empty meanwhile; false when the other end has gone.
// Who writes has SIGPIPE blocked, or wants to die of it.
bool lab_process_cargo_write(int pipe, const void *bytes, size_t size);
bool lab_process_cargo_read(int pipe, void *bytes, size_t size);

#endif
