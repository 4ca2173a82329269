// The user's input for a window: the target, the identity, and whether to host.
#ifndef BIGHT_DEMO_QT_SETUP_H
#define BIGHT_DEMO_QT_SETUP_H

#include <QtCore/QString>
#include <optional>

namespace chat
{

struct Setup {
    QString connect; // an endpoint; empty for the hosted one
    QString host;    // an endpoint; empty to host nothing
    QString nick;
    QString join; // "#a,#b"
};

// The login name, reduced to a valid nick.
QString defaultNick();

// A typed channel name; a '#' is added if it has no channel prefix.
QString channelOf(const QString &typed);

// "tcp:HOST:PORT" made from typed text; an endpoint is returned unchanged.
QString endpointOf(const QString &server, int port);

// The opposite: only the host for a tcp endpoint, and its port.
QString serverOf(const QString &endpoint, int *port);

// The last input of the dialog, or its initial suggestion.
Setup lastSetup();
void keepSetup(const Setup &setup);

} // namespace chat

#endif
