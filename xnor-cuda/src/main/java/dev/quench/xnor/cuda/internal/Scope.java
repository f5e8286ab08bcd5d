// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import java.util.ArrayDeque;
import java.util.Deque;

/// Owns what belongs together on a device and closes it in the reverse order. Closing twice is
/// harmless.
public final class Scope implements AutoCloseable {
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();

  public <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("closing failed", e);
      }
    }
  }
}
