/** @file bight/glib.h
 * The GLib host: a reactor inside a GMainContext, beside GTK and any other sources.
 *
 *     bight_reactor *reactor = bight_glib_reactor_new(NULL);
 *
 * is all that a GTK program needs. From then on, callbacks run whenever the main loop runs, in its
 * thread, even while a dialog runs a nested loop. Free the reactor with bight_reactor_free(),
 * before or after the context. Guide: docs/hosts/glib.md.
 */
#ifndef BIGHT_GLIB_H
#define BIGHT_GLIB_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <gio/gio.h>
#include <glib.h>

BIGHT_BEGIN_DECLS

/**
 * The reactor's priority among the sources: the same as GDK's redraw (GDK_PRIORITY_REDRAW). GLib
 * runs all that is ready at one priority in each iteration, so traffic and frames alternate. With
 * a higher priority (a smaller number), a saturated network would stop all drawing. With a lower
 * one, a window that paints slowly would stop the network. It suits programs without a window too.
 */
#define BIGHT_GLIB_PRIORITY (G_PRIORITY_HIGH_IDLE + 20)

/**
 * Make a reactor that a GMainContext carries, with BIGHT_GLIB_PRIORITY and BIGHT_BUDGET_GUI.
 *
 * @param context  NULL for the default one. The reactor belongs to the calling thread, which must
 *                 be the thread that iterates the context
 * @errors         NULL when out of memory or descriptors; see errno
 * @owner          the caller; freed with bight_reactor_free(). No reference is kept on @p context:
 *                 if it is destroyed first, the reactor has no host
 * @thread         the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_glib_reactor_new(GMainContext *context);

/**
 * Make a reactor that a GMainContext carries, with a priority and a budget of one's own.
 *
 * @param priority  as g_source_set_priority() takes it; smaller runs first
 * @param budget    what one iteration may spend on the network; BIGHT_BUDGET_UNLIMITED suits a
 *                  server without a window
 * @errors          NULL when out of memory or descriptors; see errno
 * @owner           the caller; freed with bight_reactor_free()
 * @thread          the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *
bight_glib_reactor_new_with(GMainContext *context, int priority, bight_budget budget);

/**
 * Have a GMainContext carry an existing reactor, such as one made with options, or one whose host
 * was destroyed.
 *
 * @param context   NULL for the default one
 * @param priority  see bight_glib_reactor_new_with()
 * @param budget    see bight_glib_reactor_new_with()
 * @errors          BIGHT_ERROR_STATE: a host carries the reactor already
 * @owner           the caller keeps @p reactor
 * @thread          the reactor's, which must be the one that iterates @p context
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_glib_attach(bight_reactor *reactor,
                                                        GMainContext *context, int priority,
                                                        bight_budget budget);

/**
 * Have an application own the reactor. When the application's run ends, the reactor is freed as
 * with bight_reactor_free(), after all handlers of GApplication::shutdown. A GtkApplication ends
 * when its last window is closed, however much traffic there is.
 *
 * The reactor does not keep the application running. Its windows do; an application that works
 * without a window calls g_application_hold(). bight_reactor_free() before the end is legal and
 * undoes this.
 *
 * @param application  runs on the default context, which must carry @p reactor. No reference is
 *                     kept; if it is destroyed without a run, the reactor is freed then
 * @errors             BIGHT_ERROR_STATE: GLib's default context does not carry @p reactor, or an
 *                     application owns it already; BIGHT_ERROR_INVALID: no application
 * @owner              from now on the application owns @p reactor
 * @thread             the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_glib_application_hold(bight_reactor *reactor,
                                                                  GApplication *application);

/**
 * The plain constructor for programs that load hosts at run time; every host library has one under
 * such a name. This is bight_glib_reactor_new(NULL).
 *
 * @errors  NULL when out of memory or descriptors; see errno
 * @owner   the caller; freed with bight_reactor_free()
 * @thread  the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_glib_reactor_open(void);

BIGHT_END_DECLS

#endif
