/* The runtime for C and every language that calls C: one policy image, played in memory that the caller owns.
 *
 *   size_t n = pianola_required_bytes(image, image_bytes);        64-byte aligned image, e.g. a mapped policy.pianola
 *   pianola_runtime* policy;                                      lies in `memory`, needs no freeing
 *   pianola_bind(image, image_bytes, memory, n, &policy);         checks everything once
 *   pianola_act(policy, observation, dim, step, action, values);  real time: no allocation, lock or system call
 *
 * Two threads need a memory each, and may share the image. See policies/runtime.hpp for what each call does. */
#ifndef PIANOLA_H
#define PIANOLA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pianola_runtime pianola_runtime;

enum {
  PIANOLA_OK = 0,
  PIANOLA_BAD_IMAGE,    /* no image, truncated, damaged, or of another version */
  PIANOLA_SMALL_MEMORY, /* fewer bytes than pianola_required_bytes */
  PIANOLA_MISALIGNED,   /* image or memory not at a multiple of 64 bytes */
  PIANOLA_WRONG_SIZE,   /* observation or action of another length */
  PIANOLA_NOT_FINITE,   /* the observation or a logit is NaN or Inf; the action was set by on_error */
  PIANOLA_NOT_BOUND,    /* a null runtime */
  PIANOLA_BAD_OPTION,   /* a temperature that is not finite and > 0, an unknown mode, or a schedule that cannot be */
  PIANOLA_NO_TOKEN,     /* of a policy over tokens: the observation is none; the action was set by on_error */
  PIANOLA_EXPIRED       /* no chunk has an action for this step; the action was set by on_expired */
};
enum { PIANOLA_SAMPLE = 0, PIANOLA_ARGMAX, PIANOLA_MEAN };
/* What a decision that cannot be made fills the chunk with: the last action played again, as far as acts and observes
 * tell (policies/runtime.hpp), or zeros. */
enum { PIANOLA_HOLD = 0, PIANOLA_ZERO };

/* A sentence for a log; static storage. */
const char* pianola_status_text(int status);

/* Bytes of working memory, or 0 if this is no image. */
size_t pianola_required_bytes(const void* image, size_t image_bytes);

/* Both must outlive the runtime; *runtime is null unless the status is PIANOLA_OK. */
int pianola_bind(const void* image, size_t image_bytes, void* memory, size_t memory_bytes, pianola_runtime** runtime);

/* A new runtime samples at temperature 1 and holds. Nothing changes on PIANOLA_BAD_OPTION. */
int pianola_configure(pianola_runtime* runtime, int decode, float temperature, int on_error);

/* One decision. key names its randomness; action: [chunk × action_dim], action units. */
int pianola_act(pianola_runtime* runtime, const float* observation, size_t observation_dim, uint64_t key, float* action,
                size_t action_values);

/* The same where the chunk's first actions are committed: committed_values = d * action_dim of them, d < chunk, are
 * played while this is decided. */
int pianola_act_committed(pianola_runtime* runtime, const float* observation, size_t observation_dim,
                          const float* committed, size_t committed_values, uint64_t key, float* action,
                          size_t action_values);

/* An observation of a step at which nothing is decided: it enters the history, and the step counts for PIANOLA_HOLD. */
int pianola_observe(pianola_runtime* runtime, const float* observation, size_t observation_dim);

/* Forgets the history and the held action. */
void pianola_reset(pianola_runtime* runtime);

/* 0 of a null runtime. */
size_t pianola_observation_dim(const pianola_runtime* runtime);
size_t pianola_action_dim(const pianola_runtime* runtime);
size_t pianola_chunk(const pianola_runtime* runtime);
size_t pianola_history(const pianola_runtime* runtime);

/* The transition model of a run (model.pianola), on whose state the policy acts: policies/model_runtime.hpp.
 *
 *   pianola_model_start(model, observation, dim);              first, and whenever it is to be re-anchored: every m
 *                                                              steps, or by distance or disagreement
 *   pianola_act(policy, pianola_model_state(model), dim, step, action, values);
 *   pianola_model_step(model, action, values);                 the state moves to the most likely next one */
typedef struct pianola_model pianola_model;

/* Bytes of working memory, or 0 if this is no model's image. */
size_t pianola_model_bytes(const void* image, size_t image_bytes);
/* Both must outlive the model; *model is null unless the status is PIANOLA_OK. */
int pianola_model_bind(const void* image, size_t image_bytes, void* memory, size_t memory_bytes, pianola_model** model);
/* 1 if the model was exported beside this policy's image, else 0: then they must not be played together. */
int pianola_model_belongs_to(const pianola_model* model, const void* policy_image, size_t policy_bytes);
int pianola_model_start(pianola_model* model, const float* observation, size_t observation_dim);
/* PIANOLA_NOT_FINITE: the next state is none, or beyond all training; the state stays where it is. */
int pianola_model_step(pianola_model* model, const float* action, size_t action_dim);
/* [observation_dim]; null of a null model. */
const float* pianola_model_state(const pianola_model* model);
/* Spread of an ensemble's members about the last step, in widths of the training range; 0 of one member. */
double pianola_model_disagreement(const pianola_model* model);
/* From the state to this observation, angles the short way; infinite where there is none. */
double pianola_model_distance(const pianola_model* model, const float* observation, size_t observation_dim);
/* Steps since the start after which the state first lay outside the training range; 0: it has not. */
uint64_t pianola_model_left_range(const pianola_model* model);

/* What a robot plays while it decides: policies/playback.hpp, which says what each call does. A chunk begins every
 * `execute` steps and takes effect `delay` later; delay <= execute, delay + execute <= chunk. */
typedef struct pianola_playback pianola_playback;

/* Bytes of memory at a multiple of 64, or 0 if such chunks cannot be. */
size_t pianola_playback_bytes(size_t chunk, size_t action_dim);
int pianola_playback_bind(size_t chunk, size_t action_dim, size_t execute, size_t delay, int on_expired, void* memory,
                          size_t memory_bytes, pianola_playback** playback);
/* rates: [action_dim], null: no limits; periods: [action_dim], null: no angles. */
int pianola_playback_limit(pianola_playback* playback, const float* rates, const float* periods, size_t action_dim);
/* start: [action_dim], null: zeros. */
int pianola_playback_reset(pianola_playback* playback, const float* start, size_t action_dim);
int pianola_playback_due(const pianola_playback* playback); /* 1 or 0 */
int pianola_playback_begin(pianola_playback* playback, float* committed, size_t committed_values);
int pianola_playback_take(pianola_playback* playback, const float* chunk, size_t action_values);
void pianola_playback_abandon(pianola_playback* playback);
int pianola_playback_play(pianola_playback* playback, float* action, size_t action_dim);

#ifdef __cplusplus
}
#endif

#endif
