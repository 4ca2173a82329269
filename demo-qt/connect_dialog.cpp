#include "connect_dialog.h"

#include "theme.h"

#include <QtWidgets/QCheckBox>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QFormLayout>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QRadioButton>
#include <QtWidgets/QSpinBox>
#include <bight/irc_names.h>

namespace chat
{
namespace
{

constexpr int usualPort = 6667;
constexpr int nickLength = 63;

QSpinBox *portBox(QWidget *parent)
{
    auto *box = new QSpinBox(parent);

    box->setRange(1, 65535);
    box->setValue(usualPort);
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    box->setFixedWidth(box->fontMetrics().horizontalAdvance(QStringLiteral("000000000")));
    return box;
}

// A layout that is indented below its choice.
QHBoxLayout *indented()
{
    auto *row = new QHBoxLayout;

    row->setContentsMargins(24, 0, 0, 0);
    row->setSpacing(8);
    return row;
}

} // namespace

ConnectDialog::ConnectDialog(const Setup &last, QWidget *parent)
    : QDialog(parent), m_connect(new QRadioButton(tr("&Connect to a server"), this)),
      m_host(new QRadioButton(tr("&Host a chat on this computer"), this)),
      m_server(new QLineEdit(this)), m_port(portBox(this)), m_hostPort(portBox(this)),
      m_open(new QCheckBox(tr("Open to the &local network"), this)), m_nick(new QLineEdit(this)),
      m_channel(new QLineEdit(this)), m_complaint(new QLabel(this)),
      m_buttons(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this))
{
    auto *form = new QFormLayout(this);

    setObjectName(QStringLiteral("connect"));
    setWindowTitle(tr("Connect to a chat"));
    form->setContentsMargins(20, 18, 20, 16);
    form->setVerticalSpacing(9);
    form->setHorizontalSpacing(12);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    addServer(form);
    addHosting(form);
    addPerson(form);
    addEnd(form);
    fill(last);
    follow();
    setMinimumWidth(430);
}

void ConnectDialog::addServer(QFormLayout *form)
{
    auto *row = indented();
    auto *server = new QLabel(tr("&Server"), this);
    auto *port = new QLabel(tr("&Port"), this);

    server->setBuddy(m_server);
    port->setBuddy(m_port);
    m_server->setAccessibleName(tr("Server"));
    m_server->setPlaceholderText(tr("localhost, an address, or an endpoint"));
    m_port->setAccessibleName(tr("Port of the server"));
    row->addWidget(server);
    row->addWidget(m_server, 1);
    row->addWidget(port);
    row->addWidget(m_port);
    form->addRow(m_connect);
    form->addRow(row);
    connect(m_connect, &QRadioButton::toggled, this, &ConnectDialog::follow);
    connect(m_server, &QLineEdit::textEdited, this, &ConnectDialog::follow);
}

void ConnectDialog::addHosting(QFormLayout *form)
{
    auto *row = indented();
    auto *port = new QLabel(tr("P&ort"), this);

    port->setBuddy(m_hostPort);
    m_hostPort->setAccessibleName(tr("Port to host at"));
    row->addWidget(m_open, 1);
    row->addWidget(port);
    row->addWidget(m_hostPort);
    form->addRow(m_host);
    form->addRow(row);
}

void ConnectDialog::addPerson(QFormLayout *form)
{
    auto *rule = new QFrame(this);

    rule->setFrameShape(QFrame::HLine);
    rule->setForegroundRole(QPalette::Mid);
    form->addRow(rule);
    m_nick->setAccessibleName(tr("Nick"));
    m_channel->setAccessibleName(tr("Channel"));
    form->addRow(tr("&Nick"), m_nick);
    form->addRow(tr("Ch&annel"), m_channel);
    connect(m_nick, &QLineEdit::textEdited, this, &ConnectDialog::follow);
    connect(m_channel, &QLineEdit::textEdited, this, &ConnectDialog::follow);
}

void ConnectDialog::addEnd(QFormLayout *form)
{
    QPalette red = m_complaint->palette();

    red.setColor(QPalette::WindowText, themeOf(this).error);
    m_complaint->setObjectName(QStringLiteral("complaint"));
    m_complaint->setPalette(red);
    m_complaint->setWordWrap(true);
    m_complaint->setTextFormat(Qt::PlainText);
    form->addRow(m_complaint);
    form->addRow(m_buttons);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &ConnectDialog::submit);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

void ConnectDialog::fill(const Setup &last)
{
    int port = usualPort;
    int hostPort = usualPort;

    m_server->setText(serverOf(last.connect, &port));
    m_port->setValue(port);
    serverOf(last.host, &hostPort);
    m_hostPort->setValue(hostPort == 0 ? usualPort : hostPort);
    m_open->setChecked(!last.host.isEmpty() &&
                       !last.host.startsWith(QLatin1String("tcp:127.0.0.1:")));
    (last.host.isEmpty() ? m_connect : m_host)->setChecked(true);
    m_nick->setText(last.nick);
    m_channel->setText(last.join);
}

// Disable the fields of the other choice, and the button while the input is invalid.
void ConnectDialog::follow()
{
    const bool hosting = m_host->isChecked();
    const QString why = fault();
    QPushButton *ok = m_buttons->button(QDialogButtonBox::Ok);

    m_server->setEnabled(!hosting);
    m_port->setEnabled(!hosting && !m_server->text().startsWith(QLatin1String("unix:")) &&
                       !m_server->text().startsWith(QLatin1String("tcp:")) &&
                       !m_server->text().startsWith(QLatin1String("tls:")));
    m_hostPort->setEnabled(hosting);
    m_open->setEnabled(hosting);
    ok->setText(hosting ? tr("Host") : tr("Connect"));
    ok->setEnabled(why.isEmpty());
    complain(why);
}

QString ConnectDialog::fault() const
{
    const QByteArray nick = m_nick->text().trimmed().toUtf8();
    const bight_view view = {reinterpret_cast<const uint8_t *>(nick.constData()),
                             static_cast<size_t>(nick.size())};

    if (m_connect->isChecked() && m_server->text().trimmed().isEmpty())
        return tr("Which server?");
    if (nick.isEmpty())
        return tr("Which nick?");
    if (!bight_irc_nick_is_valid(view, nickLength))
        return tr(
            "A nick has only letters, digits and -[]\\`_^{|}, and does not begin with a digit.");
    return {};
}

void ConnectDialog::complain(const QString &why)
{
    m_complaint->setText(why);
    m_complaint->setVisible(!why.isEmpty());
}

Setup ConnectDialog::setup() const
{
    Setup setup;

    setup.nick = m_nick->text().trimmed();
    setup.join = channelOf(m_channel->text());
    if (m_connect->isChecked())
        setup.connect = endpointOf(m_server->text(), m_port->value());
    else if (m_open->isChecked())
        setup.host = QStringLiteral("tcp:%1").arg(m_hostPort->value());
    else
        setup.host = QStringLiteral("tcp:127.0.0.1:%1").arg(m_hostPort->value());
    return setup;
}

void ConnectDialog::submit()
{
    if (fault().isEmpty())
        emit wanted(setup());
}

} // namespace chat
