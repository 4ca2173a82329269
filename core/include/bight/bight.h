/** @file bight/bight.h
 * Includes all of libbight. The hosts (bight/glib.h, bight/qt.h), the guests and the families of
 * protocols have headers of their own.
 */
#ifndef BIGHT_BIGHT_H
#define BIGHT_BIGHT_H

#include <bight/address.h>
#include <bight/adopt.h>
#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/certificate.h>
#include <bight/coroutine.h>
#include <bight/crank.h>
#include <bight/deferred.h>
#include <bight/endpoint.h>
#include <bight/error.h>
#include <bight/fork.h>
#include <bight/gather.h>
#include <bight/guest.h>
#include <bight/host.h>
#include <bight/kind.h>
#include <bight/later.h>
#include <bight/layer.h>
#include <bight/line.h>
#include <bight/line_client.h>
#include <bight/lock.h>
#include <bight/log.h>
#include <bight/owner.h>
#include <bight/pair.h>
#include <bight/queue.h>
#include <bight/rate_limit.h>
#include <bight/reactor.h>
#include <bight/records.h>
#include <bight/resolver.h>
#include <bight/scheme.h>
#include <bight/signal.h>
#include <bight/source.h>
#include <bight/status.h>
#include <bight/task.h>
#include <bight/threads.h>
#include <bight/time.h>
#include <bight/timer.h>
#include <bight/tls.h>
#include <bight/transport.h>
#include <bight/value.h>
#include <bight/watch.h>
#include <bight/wire_log.h>

#endif
