// Asks whether to connect to a server or to host a chat.
#ifndef BIGHT_DEMO_QT_CONNECT_DIALOG_H
#define BIGHT_DEMO_QT_CONNECT_DIALOG_H

#include "setup.h"

#include <QtWidgets/QDialog>

class QCheckBox;
class QDialogButtonBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QRadioButton;
class QSpinBox;

namespace chat
{

class ConnectDialog : public QDialog
{
    Q_OBJECT

  public:
    explicit ConnectDialog(const Setup &last, QWidget *parent = nullptr);

    // Show an error until a field is changed.
    void complain(const QString &why);

  signals:
    // The receiver accepts the dialog on success, else calls complain().
    void wanted(const chat::Setup &setup);

  private:
    void addServer(QFormLayout *form);
    void addHosting(QFormLayout *form);
    void addPerson(QFormLayout *form);
    void addEnd(QFormLayout *form);
    void fill(const Setup &last);
    void follow();
    void submit();
    Setup setup() const;
    QString fault() const;

    QRadioButton *m_connect;
    QRadioButton *m_host;
    QLineEdit *m_server;
    QSpinBox *m_port;
    QSpinBox *m_hostPort;
    QCheckBox *m_open;
    QLineEdit *m_nick;
    QLineEdit *m_channel;
    QLabel *m_complaint;
    QDialogButtonBox *m_buttons;
};

} // namespace chat

#endif
