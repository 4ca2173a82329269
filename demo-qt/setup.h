// What a person wants of a window: where to go, as who, and whether to host.
#ifndef BIGHT_DEMO_QT_SETUP_H
#define BIGHT_DEMO_QT_SETUP_H

#include <QtCore/QString>
#include <optional>

namespace chat
{

struct Setup {
    QString connect; // an endpoint; empty for the one that is hosted
    QString host;    // an endpoint; empty to host nothing
    QString nick;
    QString join; // "#a,#b"
};

// The login name, as far as it can be a nick.
QString defaultNick();

// A channel as it was typed, with a '#' where it has nothing of the kind.
QString channelOf(const QString &typed);

// "tcp:HOST:PORT" of what was typed; an endpoint stays as it is.
QString endpointOf(const QString &server, int port);

// The opposite: the host alone when it is a tcp endpoint, and its port.
QString serverOf(const QString &endpoint, int *port);

// What the dialog was told the last time, and what it suggests the first time.
Setup lastSetup();
void keepSetup(const Setup &setup);

} // namespace chat

#endif
