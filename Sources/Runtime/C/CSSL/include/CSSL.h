/* TLS for servers with the system's OpenSSL, between buffers in memory.
 *
 * OpenSSL is loaded when the first context is made: a device that serves no TLS needs no libssl, and pays nothing for
 * one. Most of what is needed of it are macros or variadic, which Swift cannot call. */
#ifndef PV_CSSL_H
#define PV_CSSL_H

#include <stddef.h>

typedef struct pv_tls_context pv_tls_context;
typedef struct pv_tls pv_tls;

/* Files in PEM. Peers must show a certificate that `authorities` has issued. NULL with a message when it cannot be. */
pv_tls_context *pv_tls_context_make(
    const char *certificate, const char *key, const char *authorities, char *message, size_t size);
void pv_tls_context_free(pv_tls_context *context);

pv_tls *pv_tls_make(pv_tls_context *context);
void pv_tls_free(pv_tls *tls);

/* Bytes from the peer; 0, or -1 when there is no memory. */
int pv_tls_feed(pv_tls *tls, const void *bytes, size_t count);
/* Bytes for the peer: how many were taken out, 0 = none are left. */
int pv_tls_take(pv_tls *tls, void *bytes, size_t size);

enum { PV_TLS_WANTS_MORE = 0, PV_TLS_DONE = 1, PV_TLS_CLOSED = -1, PV_TLS_FAILED = -2 };

/* Goes on with the handshake. */
int pv_tls_handshake(pv_tls *tls);
/* Plain bytes from the peer: their number, or one of the above. */
int pv_tls_read(pv_tls *tls, void *bytes, size_t size);
/* Plain bytes for the peer; PV_TLS_DONE or PV_TLS_FAILED. */
int pv_tls_write(pv_tls *tls, const void *bytes, size_t count);
/* Says goodbye. */
void pv_tls_close(pv_tls *tls);

/* The common name of the peer's certificate: its length, or -1 when it has none that is one line of text. */
int pv_tls_subject(pv_tls *tls, char *name, size_t size);
/* Why the last call failed. */
void pv_tls_reason(pv_tls *tls, char *message, size_t size);

#endif
