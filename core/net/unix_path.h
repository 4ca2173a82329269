/* The file of a UNIX socket: which file may be replaced, and which one this process may remove. A
 * name in the abstract namespace has no file and is not affected.
 */
#ifndef BIGHTI_NET_UNIX_PATH_H
#define BIGHTI_NET_UNIX_PATH_H

#include "socket_address.h"
#include <sys/types.h>

/* Identifies a file that bind(2) has made, to distinguish it from another file at the same
 * path. */
typedef struct bighti_unix_path {
    char *path; /* absolute if the working directory has a name; NULL if there is nothing to
                   remove */
    dev_t device;
    ino_t inode;
    pid_t process; /* the process that made it */
} bighti_unix_path;

/* Bind a stream socket of any family. A UNIX socket replaces a stale one, which no process has
 * open; anything else at the path stays. Returns 0 and fills in `made`, or returns a negative
 * errno and sets `*why` to a clause for a message (", where ..."), or to "". */
int bighti_unix_path_bind(int fd, const bighti_socket_address *address, bighti_unix_path *made,
                          const char **why);

/* Set the file's mode, if it is not 0, and its owner and group, if they are not (uint32_t)-1.
 * Returns 0 or a negative errno. */
int bighti_unix_path_permit(const bighti_unix_path *made, uint32_t mode, uint32_t owner,
                            uint32_t group);

/* Close the socket, and remove its file if that is still the one that was made. A forked child
 * removes it only if no process has the socket open any more. */
void bighti_unix_path_close(bighti_unix_path *made, int fd);

/* The same in a forked child that has not rebuilt its reactor: the file belongs to the parent. */
void bighti_unix_path_leave(bighti_unix_path *made, int fd);

#endif
