/* The file that stands for a UNIX socket: which one may be replaced, and which one is ours to
 * remove. A name in the abstract namespace has no file, and passes through all of this untouched.
 */
#ifndef BIGHTI_NET_UNIX_PATH_H
#define BIGHTI_NET_UNIX_PATH_H

#include "socket_address.h"
#include <sys/types.h>

/* A file that a bind has made, so that it can be told from another one at the same path. */
typedef struct bighti_unix_path {
    char *path; /* absolute where the folder has a name; NULL when there is nothing to remove */
    dev_t device;
    ino_t inode;
    pid_t process; /* that made it */
} bighti_unix_path;

/* Bind a stream socket of any family. A UNIX socket takes the place of one that nobody has any
 * more; everything else at the path stays. Returns 0 and fills in `made`, or returns a negative
 * errno and sets `*why` to a clause for a message (", where ..."), or to "". */
int bighti_unix_path_bind(int fd, const bighti_socket_address *address, bighti_unix_path *made,
                          const char **why);

/* Give the file a mode, if that is not 0, an owner and a group, if they are not (uint32_t)-1. 0 or
 * a negative errno. */
int bighti_unix_path_permit(const bighti_unix_path *made, uint32_t mode, uint32_t owner,
                            uint32_t group);

/* Close the socket, and remove its file if that is still the one that was made. A forked child
 * removes it only if no process has the socket any more. */
void bighti_unix_path_close(bighti_unix_path *made, int fd);

/* The same in a forked child that has not rebuilt its reactor: the file is the parent's. */
void bighti_unix_path_leave(bighti_unix_path *made, int fd);

#endif
