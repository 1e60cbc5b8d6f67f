#include "CSSL.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything that is called of OpenSSL. */
#define FUNCTIONS(X) \
    X(BIO_ctrl_pending) X(BIO_free) X(BIO_new) X(BIO_read) X(BIO_s_mem) X(BIO_write) X(ERR_clear_error) \
    X(ERR_reason_error_string) X(ERR_get_error) X(SSL_CTX_check_private_key) X(SSL_CTX_ctrl) X(SSL_CTX_free) \
    X(SSL_CTX_load_verify_locations) X(SSL_CTX_new) X(SSL_CTX_set_client_CA_list) X(SSL_CTX_set_options) \
    X(SSL_CTX_set_verify) X(SSL_CTX_set_verify_depth) X(SSL_CTX_use_PrivateKey_file) \
    X(SSL_CTX_use_certificate_chain_file) X(SSL_accept) X(SSL_free) X(SSL_get1_peer_certificate) X(SSL_get_error) \
    X(SSL_get_verify_result) X(SSL_load_client_CA_file) X(SSL_new) X(SSL_read) X(SSL_set_bio) X(SSL_shutdown) \
    X(SSL_write) X(TLS_server_method) X(X509_NAME_get_index_by_NID) X(X509_NAME_get_entry) \
    X(X509_NAME_ENTRY_get_data) X(X509_free) X(X509_get_subject_name) X(X509_verify_cert_error_string) \
    X(ASN1_STRING_to_UTF8) X(CRYPTO_free)

#define DECLARE(name) __typeof__(&name) name##_;
static struct { FUNCTIONS(DECLARE) } ssl;
#undef DECLARE

static const char *missing = "libssl.so.3 is not installed";
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    missing = NULL;
    /* A symbol of libcrypto is found through libssl, which needs it. */
#define FIND(name) \
    if (!(ssl.name##_ = (__typeof__(&name))dlsym(library, #name))) \
        missing = "libssl.so.3 has no " #name;
    FUNCTIONS(FIND)
#undef FIND
}

struct pv_tls_context {
    SSL_CTX *context;
};

struct pv_tls {
    SSL *session;
    BIO *in, *out;
    unsigned long error;
};

static void *refuse(pv_tls_context *context, const char *what, const char *file, char *message, size_t size) {
    const char *reason = ssl.ERR_reason_error_string_(ssl.ERR_get_error_());
    snprintf(message, size, "%s%s%s: %s", what, *file ? " " : "", file, reason ? reason : "not possible");
    pv_tls_context_free(context);
    return NULL;
}

pv_tls_context *pv_tls_context_make(
    const char *certificate, const char *key, const char *authorities, char *message, size_t size) {
    pv_tls_context *made;
    SSL_CTX *context;
    STACK_OF(X509_NAME) *names;

    pthread_once(&once, load);
    if (missing) {
        snprintf(message, size, "%s", missing);
        return NULL;
    }
    made = calloc(1, sizeof *made);
    if (!made) {
        snprintf(message, size, "no memory");
        return NULL;
    }
    ssl.ERR_clear_error_();
    context = made->context = ssl.SSL_CTX_new_(ssl.TLS_server_method_());
    if (!context)
        return refuse(made, "TLS", "", message, size);
    ssl.SSL_CTX_ctrl_(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
    ssl.SSL_CTX_ctrl_(context, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS, NULL);
    /* Without sessions that are resumed, each connection shows its certificate. */
    ssl.SSL_CTX_ctrl_(context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
    ssl.SSL_CTX_set_options_(
        context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    if (ssl.SSL_CTX_use_certificate_chain_file_(context, certificate) != 1)
        return refuse(made, "certificate", certificate, message, size);
    if (ssl.SSL_CTX_use_PrivateKey_file_(context, key, SSL_FILETYPE_PEM) != 1)
        return refuse(made, "key", key, message, size);
    if (ssl.SSL_CTX_check_private_key_(context) != 1)
        return refuse(made, "key does not belong to the certificate", key, message, size);
    if (ssl.SSL_CTX_load_verify_locations_(context, authorities, NULL) != 1)
        return refuse(made, "authorities", authorities, message, size);
    names = ssl.SSL_load_client_CA_file_(authorities);
    if (!names)
        return refuse(made, "authorities", authorities, message, size);
    ssl.SSL_CTX_set_client_CA_list_(context, names);
    ssl.SSL_CTX_set_verify_(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    ssl.SSL_CTX_set_verify_depth_(context, 4);
    /* The last session number of what was set up until here is no error of a later one. */
    ssl.ERR_clear_error_();
    return made;
}

void pv_tls_context_free(pv_tls_context *context) {
    if (context->context)
        ssl.SSL_CTX_free_(context->context);
    free(context);
}

pv_tls *pv_tls_make(pv_tls_context *context) {
    pv_tls *tls = calloc(1, sizeof *tls);
    if (!tls)
        return NULL;
    tls->session = ssl.SSL_new_(context->context);
    tls->in = ssl.BIO_new_(ssl.BIO_s_mem_());
    tls->out = ssl.BIO_new_(ssl.BIO_s_mem_());
    if (tls->session && tls->in && tls->out) {
        ssl.SSL_set_bio_(tls->session, tls->in, tls->out);
        return tls;
    }
    ssl.BIO_free_(tls->in);
    ssl.BIO_free_(tls->out);
    ssl.SSL_free_(tls->session);
    free(tls);
    return NULL;
}

void pv_tls_free(pv_tls *tls) {
    ssl.SSL_free_(tls->session);
    free(tls);
}

int pv_tls_feed(pv_tls *tls, const void *bytes, size_t count) {
    return ssl.BIO_write_(tls->in, bytes, (int)count) == (int)count ? 0 : -1;
}

int pv_tls_take(pv_tls *tls, void *bytes, size_t size) {
    int count = ssl.BIO_ctrl_pending_(tls->out) ? ssl.BIO_read_(tls->out, bytes, (int)size) : 0;
    return count > 0 ? count : 0;
}

static int outcome(pv_tls *tls, int result) {
    switch (ssl.SSL_get_error_(tls->session, result)) {
    case SSL_ERROR_NONE:
        return PV_TLS_DONE;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return PV_TLS_WANTS_MORE;
    case SSL_ERROR_ZERO_RETURN:
        return PV_TLS_CLOSED;
    default:
        tls->error = ssl.ERR_get_error_();
        ssl.ERR_clear_error_();
        return PV_TLS_FAILED;
    }
}

int pv_tls_handshake(pv_tls *tls) {
    ssl.ERR_clear_error_();
    return outcome(tls, ssl.SSL_accept_(tls->session));
}

int pv_tls_read(pv_tls *tls, void *bytes, size_t size) {
    int count;
    ssl.ERR_clear_error_();
    count = ssl.SSL_read_(tls->session, bytes, (int)size);
    return count > 0 ? count : outcome(tls, count);
}

int pv_tls_write(pv_tls *tls, const void *bytes, size_t count) {
    ssl.ERR_clear_error_();
    /* The buffer in memory takes everything. */
    return ssl.SSL_write_(tls->session, bytes, (int)count) == (int)count ? PV_TLS_DONE : PV_TLS_FAILED;
}

void pv_tls_close(pv_tls *tls) {
    ssl.ERR_clear_error_();
    ssl.SSL_shutdown_(tls->session);
}

int pv_tls_subject(pv_tls *tls, char *name, size_t size) {
    X509 *peer = ssl.SSL_get1_peer_certificate_(tls->session);
    X509_NAME *subject;
    unsigned char *text = NULL;
    int index, length = -1;

    if (!peer)
        return -1;
    subject = ssl.X509_get_subject_name_(peer);
    index = ssl.X509_NAME_get_index_by_NID_(subject, NID_commonName, -1);
    /* Two names would leave it open which one is meant. */
    if (index >= 0 && ssl.X509_NAME_get_index_by_NID_(subject, NID_commonName, index) < 0)
        length = ssl.ASN1_STRING_to_UTF8_(
            &text, ssl.X509_NAME_ENTRY_get_data_(ssl.X509_NAME_get_entry_(subject, index)));
    if (length > 0 && (size_t)length < size && strlen((char *)text) == (size_t)length)
        memcpy(name, text, (size_t)length + 1);
    else
        length = -1;
    if (text)
        ssl.CRYPTO_free_(text, __FILE__, __LINE__);
    ssl.X509_free_(peer);
    return length;
}

void pv_tls_reason(pv_tls *tls, char *message, size_t size) {
    long verified = ssl.SSL_get_verify_result_(tls->session);
    const char *reason = verified == X509_V_OK ? ssl.ERR_reason_error_string_(tls->error)
                                               : ssl.X509_verify_cert_error_string_(verified);
    snprintf(message, size, "%s", reason ? reason : "the connection broke");
}
