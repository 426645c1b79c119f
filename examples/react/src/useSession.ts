import { useEffect, useState } from "react";
import { Session } from "relabel";

/** A session for as long as the component is mounted; undefined while it is loading. An error while loading is thrown to the error boundary. */
export function useSession(): Session | undefined {
  const [session, setSession] = useState<Session>();
  const [error, setError] = useState<unknown>();

  useEffect(() => {
    let mounted = true;
    const creating = Session.create();
    creating.then(
      (created) => mounted && setSession(created),
      (reason) => mounted && setError(reason),
    );
    return () => {
      mounted = false;
      setSession(undefined);
      creating.then((created) => created.dispose()).catch(() => {});
    };
  }, []);

  if (error) throw error;
  return session;
}
