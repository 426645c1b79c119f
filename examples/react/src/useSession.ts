import { useEffect, useState } from "react";
import { Session } from "relabel";
import weights from "relabel/weights/efficientnet-lite0.safetensors?url";

/** A session for as long as the component is mounted; undefined while it is loading. An error while loading is thrown to the error boundary. */
export function useSession(): Session | undefined {
  const [session, setSession] = useState<Session>();
  const [error, setError] = useState<unknown>();

  useEffect(() => {
    const creating = Session.create({ weights: new URL(weights, location.href) });
    creating.then(setSession, setError);
    return () => {
      setSession(undefined);
      creating.then((created) => created.dispose()).catch(() => {});
    };
  }, []);

  if (error) throw error;
  return session;
}
