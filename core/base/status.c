#include <bight/status.h>
#include <errno.h>
#include <stddef.h>

static const char *const texts[] = {
    "worked",
    "out of memory",
    "invalid",
    "cancelled",
    "timed out",
    "closed",
    "connection refused",
    "connection reset",
    "unreachable",
    "address in use",
    "permission denied",
    "not found",
    "limit reached",
    "protocol error",
    "not supported",
    "exists already",
    "not possible in this state",
    "system error",
    "not trusted",
    "cut off",
    "credentials refused",
};

const char *bight_status_text(bight_status status)
{
    size_t index = (size_t) - (long)status;

    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown status";
}

bight_status bight_status_from_errno(int errnum)
{
    switch (errnum) {
    case 0:
        return BIGHT_OK;
    case ENOMEM:
    case ENOBUFS:
        return BIGHT_ERROR_NO_MEMORY;
    case EINVAL:
    case EBADF:
        return BIGHT_ERROR_INVALID;
    case ECANCELED:
        return BIGHT_ERROR_CANCELLED;
    case ETIMEDOUT:
        return BIGHT_ERROR_TIMED_OUT;
    case ECONNREFUSED:
        return BIGHT_ERROR_REFUSED;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
        return BIGHT_ERROR_RESET;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case EADDRNOTAVAIL:
        return BIGHT_ERROR_UNREACHABLE;
    case EADDRINUSE:
        return BIGHT_ERROR_ADDRESS_IN_USE;
    case EACCES:
    case EPERM:
        return BIGHT_ERROR_PERMISSION;
    case ENOENT:
        return BIGHT_ERROR_NOT_FOUND;
    case EMFILE:
    case ENFILE:
    case ENOSPC:
        return BIGHT_ERROR_LIMIT;
    case EPROTO:
        return BIGHT_ERROR_PROTOCOL;
    case EAFNOSUPPORT:
    case EOPNOTSUPP:
    case ENOSYS:
        return BIGHT_ERROR_UNSUPPORTED;
    case EEXIST:
        return BIGHT_ERROR_EXISTS;
    default:
        return BIGHT_ERROR_SYSTEM;
    }
}
