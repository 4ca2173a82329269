/** @file bight/cfrunloop.h
 * The CFRunLoop host: a reactor inside CoreFoundation's run loop, which Foundation uses too. On
 * Linux, a Swift toolchain provides CoreFoundation.
 *
 *     bight_reactor *reactor = bight_cfrunloop_reactor_new();
 *
 * It serves the run loop of the calling thread, in its common modes. No thread is started, neither
 * here nor by CoreFoundation on its behalf. Guide: docs/hosts/cfrunloop.md.
 */
#ifndef BIGHT_CFRUNLOOP_H
#define BIGHT_CFRUNLOOP_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>

BIGHT_BEGIN_DECLS

/**
 * Make a reactor that the calling thread's run loop carries, with BIGHT_BUDGET_GUI.
 *
 * @errors  NULL: no memory or descriptors, or a CoreFoundation that cannot watch a descriptor
 *          (errno ENOTSUP); errno tells
 * @owner   the caller; freed with bight_reactor_free(). If the run loop is destroyed first (its
 *          thread ends), the reactor has no host
 * @thread  the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_cfrunloop_reactor_new(void);

/**
 * Make a reactor that the calling thread's run loop carries, with a given budget.
 *
 * @param budget  what one pass of the loop may spend on the network; BIGHT_BUDGET_UNLIMITED suits
 *                a program without a window
 * @errors        as bight_cfrunloop_reactor_new()
 * @owner         the caller; freed with bight_reactor_free()
 * @thread        the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_cfrunloop_reactor_new_with(bight_budget budget);

/**
 * Have the calling thread's run loop carry an existing reactor.
 *
 * @param budget  see bight_cfrunloop_reactor_new_with()
 * @errors        BIGHT_ERROR_STATE a host carries the reactor already; BIGHT_ERROR_UNSUPPORTED:
 *                this CoreFoundation cannot watch a descriptor; BIGHT_ERROR_NO_MEMORY,
 *                BIGHT_ERROR_LIMIT
 * @owner         the caller keeps @p reactor
 * @thread        the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_cfrunloop_attach(bight_reactor *reactor,
                                                             bight_budget budget);

/**
 * The plain constructor for programs that load hosts at run time; every host library has one under
 * such a name. This is bight_cfrunloop_reactor_new().
 *
 * @errors  as bight_cfrunloop_reactor_new()
 * @owner   the caller; freed with bight_reactor_free()
 * @thread  the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_cfrunloop_reactor_open(void);

BIGHT_END_DECLS

#endif
